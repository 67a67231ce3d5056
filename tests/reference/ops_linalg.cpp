#include "ops_table.hpp"

namespace golden {

void add_linalg(Table& table) {
  using namespace xgrad;
  using reference::Case;
  table["matmul"] = [](const Case& c, const Inputs& x) {
    MatMulOptions options{.transpose_a = c.flag("transpose_a"), .transpose_b = c.flag("transpose_b")};
    return std::vector<Var>{matmul(x[0], x[1], options)};
  };
}

}  // namespace golden
