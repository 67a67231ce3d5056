#include "xgrad/autodiff/explain.hpp"

#include <cmath>
#include <ostream>

#include "autodiff/explaining.hpp"
#include "autodiff/sweep.hpp"

namespace xgrad {

namespace {

void take_shares(Explanation& e, const detail::Node& value, detail::Node& reader, const Array& arrived,
                 std::span<const Contribution> given) {
  for (const Contribution& c : given)
    if (value.tape->input(reader, c.input) == &value)
      e.shares.push_back({reader.index, describe(NodeView(&reader)), c.input, arrived, c.cotangent});
}

}  // namespace

double detail::absolute_sum(const Array& a) {
  double sum = 0;
  if (a.dtype() == DType::float32) {
    for (const float x : a.span<float>()) sum += std::abs(static_cast<double>(x));
  } else {
    for (const double x : a.span<double>()) sum += std::abs(x);
  }
  return sum;
}

std::string detail::amount_text(const Array& a) {
  if (a.size() == 1) {
    const std::string text = to_string(a.reshape({}));
    return text.substr(text.rfind(' ') + 1);
  }
  const std::string size = amount_text(Array::scalar(absolute_sum(a)));
  return (a.size() > 16 ? signature(a) : to_string(a)) + ", Σ|·| = " + size;
}

Explanation detail::explain_for(const char* operation, const Var& v, const Var& result, const Var& cotangent, Loc loc) {
  detail::Node* value = v.node(loc);
  detail::Node* root = detail::root_of(operation, result, loc);
  if (!value->tape || !value->needs_grad())
    throw NotDifferentiable(operation, "needs a value that carries a gradient; got a constant", loc,
                            describe(NodeView(value)));
  if (value->tape != root->tape)
    throw ForeignTape(operation, "needs a value on the tape of the result; got " + describe(NodeView(value)), loc);
  const Var start = detail::seed(operation, result, cotangent, loc);
  const detail::WithoutHooks quiet(*root->tape);
  detail::GradientSweep sweep(root, start, {&value, 1}, {.retain = true, .observe = true, .keep = false}, loc);
  Explanation e{describe(NodeView(value)), {}, value == root, {}};
  while (detail::Node* n = sweep.next()) {
    const Array* arrived = sweep.arrived(*n);
    const Array g = arrived ? *arrived : zeros_like(n->value);
    sweep.advance();
    take_shares(e, *value, *n, g, sweep.given());
  }
  const Array* sum = sweep.arrived(*value);
  if (!sum)
    throw Unreachable(operation, "needs a result that depends on the value; got one that it does not reach", loc,
                      describe(NodeView(value)) + "\n  result: " + describe(NodeView(root)));
  e.cotangent = *sum;
  return e;
}

Explanation explain(const Var& v, const Var& result, const Var& cotangent, Loc loc) {
  return detail::explain_for("explain", v, result, cotangent, loc);
}

Explanation explain(const Var& v, Loc loc) {
  Explanation e{describe(NodeView(v.node(loc))), v.grad(loc), false, {}};
  detail::Node* value = v.node(loc);
  detail::TapeState& tape = *value->tape;
  const detail::WithoutHooks quiet(tape);
  // Each reader's rule once more, from the cotangent that was kept for it.
  for (std::size_t i = tape.size; i-- > value->index + std::size_t{1};) {
    detail::Node* n = tape.node(i);
    const detail::Node& rule = *detail::first_output(n);
    bool reads = false;
    for (int k = 0; k < rule.inputs; ++k) reads |= tape.input(rule, k) == value;
    const Array* kept = reads ? NodeView(n).grad() : nullptr;
    if (!kept) continue;
    const Array arrived = *kept;
    detail::GradientSweep sweep(n, Var(arrived, n->loc), {&value, 1}, {.retain = true, .observe = true, .keep = false},
                                loc);
    detail::Node* next = sweep.next();
    if (!next || !sweep.advance()) continue;
    take_shares(e, *value, *next, arrived, sweep.given());
  }
  e.is_result = e.shares.empty();
  return e;
}

std::string Explanation::to_string() const {
  std::string text = node + "\n";
  if (is_result) text += "  the result itself: the sweep starts here with " + detail::amount_text(cotangent) + "\n";
  for (const Share& s : shares)
    text += "  + " + detail::amount_text(s.share) + "  from operand " + std::to_string(s.operand) + " of " + s.name +
            ", where " + detail::amount_text(s.cotangent) + " had arrived\n";
  return text + "  = " + detail::amount_text(cotangent) + "\n";
}

std::ostream& operator<<(std::ostream& out, const Explanation& e) { return out << e.to_string(); }

}  // namespace xgrad
