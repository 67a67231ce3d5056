#include "ops_table.hpp"

namespace golden {

void add_sequence(Table& table) {
  using namespace xgrad;
  using reference::Case;
  table["attention"] = [](const Case& c, const Inputs& x) {
    AttentionOptions o{.causal = c.flag("causal")};
    if (c.has("scale")) o.scale = c.number("scale");
    return std::vector<Var>{x.size() == 4 ? attention(x[0], x[1], x[2], x[3], o) : attention(x[0], x[1], x[2], o)};
  };
  table["ctc_loss"] = [](const Case& c, const Inputs& x) {
    return std::vector<Var>{ctc_loss(x[0], x[1], x[2], x[3], {.blank = c.integer("blank")})};
  };
  table["lstm"] = [](const Case&, const Inputs& x) {
    const LstmStates r = lstm(x[0], x[1], x[2], x[3], x[4], x[5]);
    return std::vector<Var>{r.h, r.c};
  };
  table["gru"] = [](const Case&, const Inputs& x) { return std::vector<Var>{gru(x[0], x[1], x[2], x[3], x[4])}; };
}

}  // namespace golden
