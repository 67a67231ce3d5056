#include "xgrad/autodiff/backward.hpp"

#include "autodiff/sweep.hpp"
#include "tape/operands.hpp"

namespace xgrad {

namespace detail {

/// The cotangent to start from: the user's, or 1.
Var seed(const char* operation, const Var& y, const Var& cotangent, Loc loc) {
  const Array& value = y.value(loc);
  if (cotangent.empty()) {
    if (value.size() != 1)
      throw ShapeError(
          operation,
          "needs a value of one element, or a cotangent of its shape (sum() or mean() make a scalar); got " +
              signature(value),
          loc, xgrad::describe(NodeView(y.node(loc))));
    return Var(ones_like(value), loc);
  }
  const bool number = cotangent.node(loc)->weak() && value.size() == 1;  // takes the result's type
  const Var given = number ? Var(cotangent.value().astype(value.dtype()).reshape(value.shape()), loc) : cotangent;
  if (given.shape() != value.shape() || given.dtype() != value.dtype())
    throw ShapeError(operation, "needs a cotangent of " + signature(value) + "; got " + signature(given.value()), loc);
  return given;
}

Node* root_of(const char* operation, const Var& y, Loc loc) {
  Node* n = y.node(loc);
  if (!n->tape || !n->needs_grad())
    throw NotDifferentiable(operation,
                            "needs a value computed from a variable or a trainable parameter; got a constant", loc,
                            xgrad::describe(NodeView(n)));
  return n;
}

}  // namespace detail

void backward(const Var& loss, const BackwardOptions& options, Loc loc) {
  detail::Node* root = detail::root_of("backward", loss, loc);
  const Var start = detail::seed("backward", loss, options.cotangent, loc);
  detail::GradientSweep sweep(root, start, {}, {.create_graph = false, .retain = options.retain}, loc);
  sweep.run();
  sweep.commit();
}

namespace detail {

void grad_into(const Var& y, std::span<const Var> x, std::span<Var> result, const GradOptions& options, Loc loc) {
  ShortList<Node*> targets(x.size());
  std::size_t count = 0;
  for (const Var& v : x) {
    Node* n = v.node(loc);
    if (n->tape && n->needs_grad()) {
      targets[count++] = n;
    } else if (!options.allow_unused) {
      throw NotDifferentiable("grad", "needs targets that carry a gradient (tape.variable makes one); got a constant",
                              loc, xgrad::describe(NodeView(n)));
    }
  }
  Node* root = options.allow_unused ? y.node(loc) : root_of("grad", y, loc);
  const bool sweeps = root->tape && root->needs_grad() && count > 0;
  for (std::size_t i = 0; sweeps && i < count; ++i)
    if (targets[i]->tape != root->tape)
      throw ForeignTape(
          "grad",
          "needs targets on the tape of the result; got " + xgrad::describe(NodeView(targets[i])) + " of another", loc);
  const Var start = seed("grad", y, options.cotangent, loc);
  if (!sweeps) {
    for (std::size_t i = 0; i < x.size(); ++i) result[i] = Var(zeros_like(x[i].value(loc)), loc);
    return;
  }
  TapeState& tape = *root->tape;
  const std::size_t mark = tape.size;
  GradientSweep sweep(root, start, {targets.data(), count},
                      {.create_graph = options.create_graph, .retain = options.retain || options.create_graph}, loc);
  sweep.run();
  try {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Node& n = *x[i].node(loc);
      Var g = n.tape ? sweep.arrived_var(n) : Var();
      if (!g.valid()) {
        if (!options.allow_unused)
          throw Unreachable("grad",
                            "needs a result that depends on every target (or {.allow_unused = true}); got a target it "
                            "does not reach",
                            loc,
                            xgrad::describe(NodeView(x[i].node())) + "\n  result: " + xgrad::describe(NodeView(root)));
        g = Var(zeros_like(n.value), loc);
      }
      result[i] = std::move(g);
    }
  } catch (...) {
    for (Var& g : result) g = Var();
    tape.drop(mark, Death::rewind, loc);
    throw;
  }
}

}  // namespace detail

std::vector<Var> grad(const Var& y, const std::vector<Var>& x, const GradOptions& options, Loc loc) {
  std::vector<Var> result(x.size());
  if (!x.empty()) detail::grad_into(y, x, result, options, loc);
  return result;
}

Var grad(const Var& y, const Var& x, const GradOptions& options, Loc loc) {
  Var result;
  detail::grad_into(y, {&x, 1}, {&result, 1}, options, loc);
  return result;
}

}  // namespace xgrad
