#include "ops_table.hpp"

namespace golden {

void add_sequence(Table& table) {
  using namespace xgrad;
  using reference::Case;
  table["ctc_loss"] = [](const Case& c, const Inputs& x) {
    return std::vector<Var>{ctc_loss(x[0], x[1], x[2], x[3], {.blank = c.integer("blank")})};
  };
}

}  // namespace golden
