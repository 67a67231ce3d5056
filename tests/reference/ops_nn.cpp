#include <utility>

#include "ops_table.hpp"

namespace golden {

void add_nn(Table& table) {
  using namespace xgrad;
  using reference::Case;
  table["embedding_bag"] = [](const Case& c, const Inputs& x) {
    const std::string mode = c.text("mode");
    const Bag combine = mode == "sum" ? Bag::sum : mode == "max" ? Bag::max : Bag::mean;
    return std::vector<Var>{embedding_bag(x[0], x[1], {combine, c.flag("mask_zero")})};
  };
  table["softmax"] = [](const Case& c, const Inputs& x) { return std::vector<Var>{softmax(x[0], axis_of(c))}; };
  table["log_softmax"] = [](const Case& c, const Inputs& x) { return std::vector<Var>{log_softmax(x[0], axis_of(c))}; };
  table["sparsemax"] = [](const Case& c, const Inputs& x) { return std::vector<Var>{sparsemax(x[0], axis_of(c))}; };
  table["softmax_cross_entropy"] = [](const Case&, const Inputs& x) {
    return std::vector<Var>{softmax_cross_entropy(x[0], x[1])};
  };
  table["sigmoid_cross_entropy"] = [](const Case&, const Inputs& x) {
    return std::vector<Var>{sigmoid_cross_entropy(x[0], x[1])};
  };
  table["dense"] = [](const Case& c, const Inputs& x) {
    using Function = Var (*)(Arg);
    const std::pair<const char*, Function> activations[] = {
        {"relu", relu}, {"tanh", tanh},         {"sigmoid", sigmoid},
        {"gelu", gelu}, {"softplus", softplus}, {"softmax", softmax},
    };
    for (const auto& [name, activation] : activations)
      if (c.text("activation") == name) return std::vector<Var>{dense(x[0], x[1], x[2], activation)};
    return std::vector<Var>{dense(x[0], x[1], x[2])};
  };
}

}  // namespace golden
