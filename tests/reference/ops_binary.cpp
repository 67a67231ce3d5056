#include <utility>

#include "ops_table.hpp"

namespace golden {

void add_binary(Table& table) {
  using namespace xgrad;
  using Function = Var (*)(Arg, Arg);
  const std::pair<const char*, Function> functions[] = {
      {"add", add},
      {"subtract", subtract},
      {"multiply", multiply},
      {"divide", divide},
      {"maximum", maximum},
      {"minimum", minimum},
      {"logaddexp", logaddexp},
      {"hypot", hypot},
      {"atan2", atan2},
      {"fmod", fmod},
      {"equal", equal},
      {"not_equal", not_equal},
      {"less", less},
      {"less_equal", less_equal},
      {"greater", greater},
      {"greater_equal", greater_equal},
      {"logical_and", logical_and},
      {"logical_or", logical_or},
      {"logical_xor", logical_xor},
  };
  for (const auto& [name, function] : functions)
    table[name] = [f = function](const reference::Case&, const Inputs& x) { return std::vector<Var>{f(x[0], x[1])}; };

  table["pow"] = [](const reference::Case& c, const Inputs& x) {
    if (x.size() == 2) return std::vector<Var>{pow(x[0], x[1])};
    std::vector<double> exponents;
    for (std::int64_t e : c.integers("exponent")) exponents.push_back(static_cast<double>(e));
    if (exponents.size() == 1) return std::vector<Var>{pow(x[0], exponents[0])};
    return std::vector<Var>{pow(x[0], Array::from<double>(exponents, x[0].shape()))};
  };
  table["clip"] = [](const reference::Case& c, const Inputs& x) {
    if (x.size() == 3) return std::vector<Var>{clip(x[0], x[1], x[2])};
    return std::vector<Var>{clip(x[0], c.number("low"), c.number("high"))};
  };
  table["where"] = [](const reference::Case&, const Inputs& x) { return std::vector<Var>{where(x[0], x[1], x[2])}; };
}

}  // namespace golden
