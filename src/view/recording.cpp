// What viewer/src/recording.ts describes, written.

#include "view/recording.hpp"

#include <algorithm>
#include <chrono>

#include "view/liveness.hpp"
#include "xgrad/autodiff/stepper.hpp"
#include "xgrad/ops/arithmetic.hpp"

namespace xgrad::view {

namespace {

constexpr std::size_t most_scalars = 4000;  // with more nodes the graph of the gradient is not worth its bytes

/// One graph, looked at.
class Recorder {
 public:
  Recorder(detail::Node* root, const Array& cotangent, const HtmlOptions& options, Loc loc)
      : root_(root),
        cotangent_(cotangent),
        options_(options),
        loc_(loc),
        numbers_(root),
        layers_(*root->tape),
        liveness_(numbers_.nodes()),
        undisturbed_(*root->tape),
        brief_(detail_for(numbers_.size(), options)),
        whole_(brief_),
        sums_(numbers_.size()),
        arrived_(numbers_.size()) {
    whole_.embed_bytes = options.embed_arrays ? options.embed_limit : 0;
    whole_.histogram = true;
  }

  std::string json() {
    const std::string steps = sweep();
    JsonWriter to;
    to.begin_object().key("name").text(options_.name).key("nodes").begin_list();
    const std::size_t count = numbers_.size();
    for (std::size_t i = 0; i < count; ++i) write_own(to, i);
    const std::string cotangents = higher_order(to);
    to.end_list().key("result").number(numbers_.of(root_)).key("sweep").raw(steps).key("memory").begin_object();
    write_counts(to.key("forward"), liveness_.forward());
    write_counts(to.key("backward"), liveness_.backward());
    sources_.write(to.end_object().key("sources"));
    if (!cotangents.empty()) to.key("cotangents").raw(cotangents);
    return to.end_object().take();
  }

 private:
  /// Of cotangents on their way. An array stands in a page about four times: in a large graph that must be short.
  static ArrayDetail detail_for(std::size_t nodes, const HtmlOptions& options) {
    const bool many = nodes > 2000;
    return {.max_values = options.max_values.value_or(many ? 8 : 64),
            .digits = many ? 5 : 9,
            .histogram = !many,
            .picture = !many};
  }
  static void write_counts(JsonWriter& to, const std::vector<std::int64_t>& counts) {
    to.begin_list();
    for (const std::int64_t n : counts) to.number(n);
    to.end_list();
  }

  /// Runs every rule. @return the steps
  std::string sweep() {
    JsonWriter to;
    to.begin_list();
    arrive(numbers_.of(root_), cotangent_);
    using Clock = std::chrono::steady_clock;
    Stepper stepper(Var(root_), Var(cotangent_, loc_), loc_);
    for (;;) {
      const auto begin = Clock::now();
      if (!stepper.next(loc_)) break;
      const double took = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
      write_step(to, stepper, took);
    }
    return to.end_list().take();
  }

  void write_step(JsonWriter& to, const Stepper& stepper, double took) {
    const NodeView node = stepper.node(loc_);
    const std::size_t number = numbers_.of(node.node());
    write_array(to.begin_object().key("node").number(number).key("cotangent"), stepper.cotangent(loc_), brief_);
    to.key("given").begin_list();
    for (const Contribution& c : stepper.given(loc_)) {
      const std::size_t target = numbers_.of(node.input(c.input).node());
      to.begin_object().key("operand").number(c.input).key("to").number(target);
      write_array(to.key("share"), c.cotangent, brief_);
      if (arrived_[target]) write_array(to.key("before"), sums_[target], brief_);
      const bool first = !arrived_[target];
      arrive(target, c.cotangent);
      if (!first) write_array(to.key("after"), sums_[target], brief_);
      to.end_object();
    }
    to.end_list().key("time").rounded(took, 3).end_object();
    liveness_.rule_ran(number);
  }

  void arrive(std::size_t number, const Array& share) {
    sums_[number] = arrived_[number] ? add(sums_[number], share) : share;
    arrived_[number] = true;
  }

  void write_own(JsonWriter& to, std::size_t i) {
    detail::Node* node = numbers_.nodes()[i];
    NodeFacts facts{.grad = arrived_[i] ? &sums_[i] : nullptr, .order = layers_.of(node), .time = time_of(node)};
    const detail::TapeState& tape = *node->tape;
    if (const detail::RuleRecord* r = tape.rule_record_of(*node)) facts.made_by = numbers_.of(tape.node(r->rule));
    highest_ = std::max(highest_, facts.order);
    if (options_.decompositions)
      facts.decomposition = decomposition_of(node, facts.grad, options_.max_decomposition, brief_, sources_);
    if (node->op == &detail::parameter_leaf) facts.loc = first_use(node);
    write_node(to, node, numbers_, facts, whole_, sources_);
  }

  /// Where the user had a parameter read: its own line may be one of a layer's.
  Loc first_use(const detail::Node* leaf) const {
    for (std::size_t i = numbers_.of(leaf); i < numbers_.size(); ++i) {
      const detail::Node& n = *numbers_.nodes()[i];
      for (int k = 0; k < n.inputs; ++k)
        if (n.tape->input(n, k) == leaf) return n.loc;
    }
    return {};
  }

  bool all_scalars() const {
    return std::all_of(numbers_.nodes().begin(), numbers_.nodes().end(),
                       [](const detail::Node* n) { return n->value.rank() == 0; });
  }

  /// Writes the nodes of the gradient's graph, where there is to be one. @return where each node's cotangent is
  std::string higher_order(JsonWriter& to) {
    const std::size_t count = numbers_.size();
    const bool scalars = all_scalars();
    if (options_.order == 0 && !(scalars && count <= most_scalars)) return {};
    if (scalars)  // whatever the page lets be edited must be in the graph, exponents as well
      for (detail::Node* n : numbers_.nodes())
        if (n->op == &detail::constant_leaf && is_floating(n->value.dtype())) undisturbed_.follow(n);
    GradientGraph graph;
    try {
      graph = record_gradient(root_, cotangent_, numbers_, loc_);
    } catch (const NotDifferentiable&) {
      if (options_.order == 0) return {};  // nobody has asked
      throw;
    }
    const detail::TapeState& tape = *root_->tape;
    std::vector<bool> marked(tape.size);
    for (const Var& v : graph.cotangents)
      if (v.valid() && v.node()->tape) mark_ancestors(tape, v.node(), undisturbed_.mark(), marked);
    numbers_.take_marked(tape, marked, undisturbed_.mark());
    for (std::size_t i = count; i < numbers_.size(); ++i) {
      detail::Node* node = numbers_.nodes()[i];
      const std::size_t place = node->index - graph.seed->index;
      write_node(to, node, numbers_,
                 {.constant = node == graph.seed, .order = highest_ + 1, .made_by = graph.made_by[place]}, whole_,
                 sources_);
    }
    JsonWriter list;
    list.begin_list();
    for (const Var& v : graph.cotangents) {
      if (v.valid() && v.node()->tape) {
        list.number(numbers_.of(v.node()));
      } else {
        list.null();
      }
    }
    return list.end_list().take();
  }

  detail::Node* root_;
  const Array cotangent_;
  const HtmlOptions& options_;
  Loc loc_;
  Numbering numbers_;
  Layers layers_;
  int highest_ = 0;    // of the layers
  Liveness liveness_;  // looks at the handles before there are more
  Undisturbed undisturbed_;
  ArrayDetail brief_, whole_;
  Sources sources_;
  std::vector<Array> sums_;  // of what has arrived, by number
  std::vector<bool> arrived_;
};

}  // namespace

std::string recording_json(const char* operation, const Var& result, const HtmlOptions& options, Loc loc) {
  detail::Node* root = detail::root_of(operation, result, loc);
  if (!root->tape->options.keep_values)
    throw GraphError(
        operation,
        "needs a tape that keeps what it has recorded, opened as Tape tape({.keep_values = true}); got one "
        "that frees values",
        loc, xgrad::describe(NodeView(root)));
  if (options.order < 0 || options.order > 1)
    throw ArgError(operation, "needs order 0 or 1; got " + std::to_string(options.order), loc);
  const Array cotangent = detail::seed(operation, result, options.cotangent, loc).value();
  return Recorder(root, cotangent, options, loc).json();
}

}  // namespace xgrad::view
