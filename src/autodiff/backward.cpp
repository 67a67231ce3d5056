#include "xgrad/autodiff/backward.hpp"

#include "autodiff/sweep.hpp"

namespace xgrad {

namespace {

/// The cotangent to start from: the user's, or 1.
Var seed(const char* operation, const Var& y, const Var& cotangent, Loc loc) {
  const Array& value = y.value(loc);
  if (!cotangent.valid()) {
    if (value.size() != 1)
      throw ShapeError(
          operation,
          "needs a value of one element, or a cotangent of its shape (sum() or mean() make a scalar); got " +
              signature(value),
          loc, describe(NodeView(y.node(loc))));
    return Var(ones_like(value), loc);
  }
  if (cotangent.shape() != value.shape() || cotangent.dtype() != value.dtype())
    throw ShapeError(operation, "needs a cotangent of " + signature(value) + "; got " + signature(cotangent.value()),
                     loc);
  return cotangent;
}

detail::Node* root_of(const char* operation, const Var& y, Loc loc) {
  detail::Node* n = y.node(loc);
  if (!n->tape || !n->needs_grad())
    throw NotDifferentiable(operation,
                            "needs a value computed from a variable or a trainable parameter; got a constant", loc,
                            describe(NodeView(n)));
  return n;
}

}  // namespace

void backward(const Var& loss, const BackwardOptions& options, Loc loc) {
  detail::Node* root = root_of("backward", loss, loc);
  detail::GradientSweep sweep(root, seed("backward", loss, options.cotangent, loc), {},
                              {.create_graph = false, .retain = options.retain}, loc);
  sweep.run();
  sweep.commit();
}

std::vector<Var> grad(const Var& y, const std::vector<Var>& x, const GradOptions& options, Loc loc) {
  std::vector<Var> result;
  if (x.empty()) return result;
  std::vector<detail::Node*> targets;
  for (const Var& v : x) {
    detail::Node* n = v.node(loc);
    if (!n->tape || !n->needs_grad()) {
      if (!options.allow_unused)
        throw NotDifferentiable("grad", "needs targets that carry a gradient (tape.variable makes one); got a constant",
                                loc, describe(NodeView(n)));
    } else {
      targets.push_back(n);
    }
  }
  detail::Node* root = y.node(loc);
  if (!options.allow_unused) root = root_of("grad", y, loc);
  const bool sweeps = root->tape && root->needs_grad() && !targets.empty();
  for (detail::Node* t : targets)
    if (sweeps && t->tape != root->tape)
      throw ForeignTape("grad", "needs targets on the tape of the result; got " + describe(NodeView(t)) + " of another",
                        loc);
  if (!sweeps) {
    for (const Var& v : x) result.push_back(Var(zeros_like(v.value(loc)), loc));
    return result;
  }
  detail::GradientSweep sweep(root, seed("grad", y, options.cotangent, loc), targets,
                              {.create_graph = options.create_graph, .retain = options.retain || options.create_graph},
                              loc);
  sweep.run();
  for (const Var& v : x) {
    const detail::Node& n = *v.node(loc);
    Var g = n.tape ? sweep.arrived_var(n) : Var();
    if (!g.valid()) {
      if (!options.allow_unused)
        throw Unreachable(
            "grad",
            "needs a result that depends on every target (or {.allow_unused = true}); got a target it does not reach",
            loc, describe(NodeView(v.node())) + "\n  result: " + describe(NodeView(root)));
      g = Var(zeros_like(n.value), loc);
    }
    result.push_back(std::move(g));
  }
  return result;
}

Var grad(const Var& y, const Var& x, const GradOptions& options, Loc loc) {
  return grad(y, std::vector<Var>{x}, options, loc)[0];
}

}  // namespace xgrad
