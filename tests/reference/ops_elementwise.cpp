#include <utility>

#include "ops_table.hpp"

namespace golden {

void add_elementwise(Table& table) {
  using namespace xgrad;
  using Function = Var (*)(Arg);
  const std::pair<const char*, Function> functions[] = {
      {"neg", neg},
      {"abs", abs},
      {"sign", sign},
      {"square", square},
      {"sqrt", sqrt},
      {"rsqrt", rsqrt},
      {"cbrt", cbrt},
      {"reciprocal", reciprocal},
      {"exp", exp},
      {"exp2", exp2},
      {"expm1", expm1},
      {"log", log},
      {"log2", log2},
      {"log10", log10},
      {"log1p", log1p},
      {"sin", sin},
      {"cos", cos},
      {"tan", tan},
      {"asin", asin},
      {"acos", acos},
      {"atan", atan},
      {"sinh", sinh},
      {"cosh", cosh},
      {"tanh", tanh},
      {"asinh", asinh},
      {"acosh", acosh},
      {"atanh", atanh},
      {"erf", erf},
      {"erfc", erfc},
      {"lgamma", lgamma},
      {"digamma", digamma},
      {"sigmoid", sigmoid},
      {"log_sigmoid", log_sigmoid},
      {"softplus", softplus},
      {"relu", relu},
      {"selu", selu},
      {"gelu", gelu},
      {"silu", silu},
      {"mish", mish},
      {"softsign", softsign},
      {"hard_sigmoid", hard_sigmoid},
      {"hard_silu", hard_silu},
      {"relu6", relu6},
      {"hard_tanh", hard_tanh},
      {"tanh_shrink", tanh_shrink},
      {"sparse_plus", sparse_plus},
      {"sparse_sigmoid", sparse_sigmoid},
      {"floor", floor},
      {"ceil", ceil},
      {"round", round},
      {"trunc", trunc},
      {"isnan", isnan},
      {"isinf", isinf},
      {"isfinite", isfinite},
      {"logical_not", logical_not},
  };
  for (const auto& [name, function] : functions)
    table[name] = [f = function](const reference::Case&, const Inputs& x) { return std::vector<Var>{f(x[0])}; };

  table["gelu_tanh"] = [](const reference::Case&, const Inputs& x) {
    return std::vector<Var>{gelu(x[0], {.approximate = true})};
  };
  const auto parametric = [&table](const char* name, const char* parameter, Function plain, Var (*with)(Arg, double)) {
    table[name] = [=](const reference::Case& c, const Inputs& x) {
      return std::vector<Var>{c.has(parameter) ? with(x[0], c.number(parameter)) : plain(x[0])};
    };
  };
  parametric("celu", "alpha", celu, celu);
  parametric("hard_shrink", "threshold", hard_shrink, hard_shrink);
  parametric("soft_shrink", "threshold", soft_shrink, soft_shrink);
  parametric("squareplus", "b", squareplus, squareplus);
  table["threshold"] = [](const reference::Case& c, const Inputs& x) {
    return std::vector<Var>{threshold(x[0], c.number("threshold"), c.number("value"))};
  };
  parametric("leaky_relu", "alpha", leaky_relu, leaky_relu);
  parametric("elu", "alpha", elu, elu);
}

}  // namespace golden
