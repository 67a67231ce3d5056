// A node as the page reads it, and how long its op takes.

#include <algorithm>
#include <chrono>

#include "view/formulas.hpp"
#include "view/recording.hpp"

namespace xgrad::view {

void mark_ancestors(const detail::TapeState& tape, const detail::Node* from, std::size_t begin,
                    std::vector<bool>& marked) {
  marked.resize(std::max(marked.size(), tape.size));
  const auto mark = [&](const detail::Node& any) {
    const detail::Node& first = *detail::first_output(const_cast<detail::Node*>(&any));
    if (first.op->leaf) {
      marked[first.index] = true;
    } else {
      for (int j = 0, outputs = detail::output_count(first); j < outputs; ++j)
        marked[first.index + static_cast<std::size_t>(j)] = true;
    }
  };
  mark(*from);
  for (std::size_t i = from->index + std::size_t{1}; i-- > begin;) {
    const detail::Node& n = *tape.node(i);
    if (!marked[i]) continue;
    for (int k = 0; k < n.inputs; ++k)
      if (const detail::Node& in = *tape.input(n, k); in.index >= begin) mark(in);
    if (const detail::RuleRecord* r = tape.rule_record_of(n); r && r->rule >= begin) mark(*tape.node(r->rule));
  }
}

Numbering::Numbering(const detail::Node* result) {
  std::vector<bool> marked;
  mark_ancestors(*result->tape, result, 0, marked);
  take_marked(*result->tape, marked, 0);
}

void Numbering::take_marked(const detail::TapeState& tape, const std::vector<bool>& marked, std::size_t begin) {
  numbers_.resize(std::max(numbers_.size(), marked.size()), none);
  for (std::size_t i = begin; i < marked.size(); ++i) {
    if (!marked[i]) continue;
    numbers_[i] = nodes_.size();
    nodes_.push_back(tape.node(i));
  }
}

namespace {

const char* kind_of(const detail::Node& n, bool constant) noexcept {
  if (constant || n.op == &detail::constant_leaf) return "constant";
  return n.op == &detail::parameter_leaf ? "parameter" : n.op == &detail::variable_leaf ? "variable" : "op";
}

/// What the page calls operands that it is told nothing about.
bool usual_names(const std::vector<std::string>& names) {
  return names.empty() || names == std::vector<std::string>{"x"} || names == std::vector<std::string>{"a", "b"};
}

void write_texts(JsonWriter& to, const std::vector<std::string>& texts) {
  to.begin_list();
  for (const std::string& t : texts) to.text(t);
  to.end_list();
}

void write_array_or_null(JsonWriter& to, const Array* a, const ArrayDetail& detail) {
  if (a && (a->has_memory() || a->size() == 0)) {
    write_array(to, *a, detail);
  } else {
    to.null();
  }
}

}  // namespace

void write_node(JsonWriter& to, detail::Node* node, const Numbering& numbers, const NodeFacts& facts,
                const ArrayDetail& detail, Sources& sources) {
  const NodeView view(node), first(detail::first_output(node));
  const char* kind = kind_of(*node, facts.constant);
  to.begin_object().key("op").text(view.is_leaf() ? kind : view.op()).key("kind").text(kind);
  to.key("label").text(view.label()).key("path").text(node->path ? node->path : "");
  to.key("attributes").text(view.attributes()).key("dtype").text(name_of(view.dtype()));
  to.key("shape").begin_list();
  for (const std::int64_t extent : view.shape()) to.number(extent);
  to.end_list().key("inputs").begin_list();
  for (int i = 0; i < first.input_count(); ++i) to.number(numbers.of(first.input(i).node()));
  to.end_list().key("output").number(view.output()).key("fused").boolean(view.is_fused());
  to.key("needs_grad").boolean(view.needs_grad() && std::string_view(kind) != "constant");
  to.key("saves").begin_object().key("inputs").begin_list();
  for (int i = 0; i < first.input_count(); ++i)
    if (first.saves_input(i)) to.number(i);
  to.end_list().key("output").boolean(!view.is_leaf() && view.saves_output()).end_object();
  to.key("source");
  if (const int place = sources.place(facts.loc.known() ? facts.loc : view.loc()); place >= 0) {
    to.number(place);
  } else {
    to.null();
  }
  write_array_or_null(to.key("value"), &view.value(), detail);
  ArrayDetail of_gradient = detail;
  of_gradient.histogram &= detail.picture;  // saturated units are told by the histogram of a value
  write_array_or_null(to.key("grad"), facts.grad, of_gradient);
  to.key("bytes").number(view.value().bytes()).key("time");
  if (facts.time >= 0) {
    to.rounded(facts.time, 3);
  } else {
    to.null();
  }
  const NodeFormulas formulas = formulas_of(view);
  to.key("forward").text(formulas.forward);
  write_texts(to.key("backward"), formulas.backward);
  if (!usual_names(formulas.names)) write_texts(to.key("names"), formulas.names);
  to.key("order").number(facts.order).key("made_by");
  if (facts.made_by != Numbering::none) {
    to.number(facts.made_by);
  } else {
    to.null();
  }
  if (!facts.decomposition.empty()) to.key("decomposition").raw(facts.decomposition);
  to.end_object();
}

double time_of(detail::Node* node) {
  const detail::OpClass& op = *node->op;
  // What a view takes is nothing; users' functions, which are views to the engine, are not to be run behind their back.
  if (op.leaf || op.info.view || node->output != 0) return -1;
  detail::TapeState& tape = *node->tape;
  std::vector<const Array*> in;
  for (int i = 0; i < node->inputs; ++i) in.push_back(&tape.input(*node, i)->value);
  std::vector<Array> out;
  for (int j = 0, outputs = detail::output_count(*node); j < outputs; ++j) {
    const Array& result = tape.node(node->index + static_cast<std::size_t>(j))->value;
    out.push_back(Array::empty(result.shape(), result.dtype()));
  }
  DType dtype = in.empty() ? out[0].dtype() : in[0]->dtype();
  for (const Array* a : in) {
    if (!is_floating(a->dtype())) continue;
    dtype = a->dtype();
    break;
  }
  using Clock = std::chrono::steady_clock;
  using Microseconds = std::chrono::duration<double, std::micro>;
  double best = 0;
  for (int repeat = 0; repeat < 3; ++repeat) {
    Run run(in, out, op.info.name, node->loc);
    const auto begin = Clock::now();
    op.forward(node->attributes ? node->attributes : node, run, dtype);
    const double took = Microseconds(Clock::now() - begin).count();
    best = repeat == 0 ? took : std::min(best, took);
    if (best > 2000) break;
  }
  return best;
}

}  // namespace xgrad::view
