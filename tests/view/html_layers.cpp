// Gradients that the user has recorded stand in a recording as layers, linked to the nodes whose rules they are.

#include <map>

#include "recorded.hpp"

using namespace xgrad;

namespace {

/// What each rule recorded, as a hook of the tape sees it: from where to where, and whose rule it was.
struct Seen {
  struct Range {
    std::size_t begin, end, rule;
    int layer;
  };
  explicit Seen(Tape& tape) : tape_(tape) {
    id_ = tape.add_hook({.before = [this](const NodeView&, const Array&) { begin_ = tape_.size(); },
                         .after =
                             [this](const NodeView& n, const Array&, std::span<const Contribution>) {
                               if (tape_.size() > begin_) ranges.push_back({begin_, tape_.size(), n.index(), layer});
                             }});
  }
  ~Seen() { tape_.remove_hook(id_); }
  const Range* of(std::size_t node) const {
    for (const Range& r : ranges)
      if (node >= r.begin && node < r.end) return &r;
    return nullptr;
  }
  int layer = 1;
  std::vector<Range> ranges;

 private:
  Tape& tape_;
  std::uint64_t id_ = 0;
  std::size_t begin_ = 0;
};

/// Compares every node of a recording that holds the whole tape.
void check_layers(const Tape& tape, const Seen& seen, Json& recording, std::size_t own) {
  Json& nodes = at(recording, "nodes");
  REQUIRE(at(at(recording, "memory"), "forward").items.size() == own);
  REQUIRE(own <= tape.size());
  for (std::size_t i = 0; i < own; ++i) {
    CAPTURE(i);
    Json& n = nodes.items[i];
    const Seen::Range* r = seen.of(i);
    CHECK(at(n, "order").integer == (r ? r->layer : 0));
    CHECK((at(n, "made_by").kind == Json::Kind::null) == (r == nullptr));
    if (r) CHECK(index_of(at(n, "made_by")) == r->rule);
  }
}

}  // namespace

TEST_CASE("layers: the first and the second derivative of a function, and what is made of them") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Seen seen(tape);
  const Var x = tape.variable(Array::scalar(0.5)).label("x");
  const Var s = sin(x);
  const Var f = x * s;
  const Var first = grad(f, x, {.create_graph = true});
  const Var penalty = square(first);
  const Var both = f + penalty;
  REQUIRE(seen.ranges.size() == 2);  // of multiply and of sin
  Json recording = parsed(view::record(both).json());
  check_layers(tape, seen, recording, tape.size());
  // The gradient that the page gets on its own is a layer above.
  int highest = 0;
  for (Json& n : at(recording, "nodes").items) highest = std::max(highest, static_cast<int>(at(n, "order").integer));
  CHECK(highest == 2);

  seen.layer = 2;
  const Var second = grad(both, x, {.create_graph = true});
  CHECK(seen.ranges.size() > 5);
  Json deeper = parsed(view::record(second).json());
  // Some of the rules' nodes led nowhere: those that are there stand in the order of the tape.
  Json& nodes = at(deeper, "nodes");
  const std::size_t own = at(at(deeper, "memory"), "forward").items.size();
  std::map<int, int> counts;
  for (std::size_t i = 0; i < own; ++i) ++counts[static_cast<int>(at(nodes.items[i], "order").integer)];
  CHECK(counts.size() == 3);
  CHECK(counts[0] == 4);  // x, sin, multiply, square; the rule of add passes on what it got and records nothing
  for (std::size_t i = 0; i < own; ++i) {
    Json& n = nodes.items[i];
    if (at(n, "order").integer == 0) continue;
    REQUIRE(at(n, "made_by").kind == Json::Kind::integer);  // all makers are there, f's own among them
    const std::size_t maker = index_of(at(n, "made_by"));
    CHECK(maker < i);
    CHECK(at(nodes.items[maker], "order").integer < at(n, "order").integer);
  }
  // f'(x) = sin x + x cos x, d/dx (f + f'²) = f' + 2 f' (2 cos x − x sin x)
  const double slope = std::sin(0.5) + 0.5 * std::cos(0.5), bend = 2 * std::cos(0.5) - 0.5 * std::sin(0.5);
  Json& result = nodes.items[index_of(at(deeper, "result"))];
  CHECK(number(at(at(result, "value"), "values").items[0]) == doctest::Approx(slope + 2 * slope * bend));
}

TEST_CASE("layers: a fused op's replay belongs to the fused op") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Seen seen(tape);
  set_seed(2);
  const Var x = tape.variable(random::normal({2, 3})), w = tape.variable(random::normal({3, 2}));
  const Var y = sum(softmax_cross_entropy(dense(x, w), zeros({2}, DType::int64)));
  const Var g = grad(y, w, {.create_graph = true});
  const Var size = sum(square(g));
  REQUIRE(!seen.ranges.empty());
  Json recording = parsed(view::record(size, {.order = 1}).json());
  Json& nodes = at(recording, "nodes");
  const std::size_t own = at(at(recording, "memory"), "forward").items.size();
  for (std::size_t i = 0; i < own; ++i) {
    Json& n = nodes.items[i];
    if (at(n, "order").integer == 0) continue;
    const std::string& maker = at(nodes.items[index_of(at(n, "made_by"))], "op").text;
    CHECK((maker == "softmax_cross_entropy" || maker == "dense" || maker == "sum"));
    CHECK(at(n, "order").integer == 1);
  }
  for (std::size_t i = own; i < nodes.items.size(); ++i) CHECK(at(nodes.items[i], "order").integer == 2);
}

TEST_CASE("layers: what is recorded where a graph of a gradient has been is nobody's rule") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const Var x = tape.variable(Array::scalar(2.0));
  const Var f = x * x * x;
  std::size_t held = 0;
  for (int repeat = 0; repeat < 50; ++repeat) {
    {
      auto inner = tape.scope();
      grad(f, x, {.create_graph = true});
    }
    if (repeat == 2) held = tape.statistics().bookkeeping_bytes;
  }
  CHECK(tape.statistics().bookkeeping_bytes == held);
  Var y = x;
  for (int i = 0; i < 12; ++i) y = y * 1.5;  // over the places of what is gone
  Json recording = parsed(view::record(y).json());
  const std::size_t own = at(at(recording, "memory"), "forward").items.size();
  for (std::size_t i = 0; i < own; ++i) {
    CHECK(at(at(recording, "nodes").items[i], "order").integer == 0);
    CHECK(at(at(recording, "nodes").items[i], "made_by").kind == Json::Kind::null);
  }
}
