#include "xgrad/autodiff/functional.hpp"

#include "autodiff/forward.hpp"
#include "autodiff/recording.hpp"
#include "autodiff/sweep.hpp"
#include "tape/tape_state.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad::detail {

namespace {
/// A tape for functions that are called where none is open. One per thread.
Tape& own_tape() {
  static thread_local Tape tape;
  return tape;
}
}  // namespace

Recording::Recording(Loc loc) : tape_(mode().tape) {
  if (!tape_) tape_ = own_tape().state();
  scope_.emplace(tape_, loc);
}
Var Recording::variable(const Array& x, Loc loc) { return variable_on(tape_, x, loc); }
Vars Recording::variables(std::span<const Array> x, Loc loc) {
  Vars result;
  for (const Array& a : x) result.push_back(variable(a, loc));
  return result;
}

TapeState* tape_of(std::span<const Var> vars) noexcept {
  for (const Var& v : vars)
    if (v.valid() && v.node()->tape) return v.node()->tape;
  return mode().tape;
}

Var variable_on(TapeState* tape, const Array& value, Loc loc) {
  if (!is_floating(value.dtype()))
    throw DTypeError("variable", "needs float32 or float64, the types that carry a gradient; got " + signature(value),
                     loc);
  Node* n = tape->push_leaf(variable_leaf, value, loc);
  n->flags |= Node::needs_grad_flag;
  return Var(n);
}

void check_count(std::size_t takes, std::size_t given) {
  if (takes != given)
    throw ArgError("function",
                   "needs as many inputs as it takes, " + std::to_string(takes) + "; got " + std::to_string(given),
                   Loc{});
}

namespace {

Var scalar_of(const char* operation, const Function& f, const Vars& x, Loc loc) {
  Var y = f(x);
  if (y.size(loc) != 1)
    throw ShapeError(operation,
                     "needs a function that gives one element (sum() or mean() make one); got " + signature(y.value()),
                     loc);
  return y;
}

void check_like(const char* operation, const char* what, const Vars& x, const Vars& v, Loc loc) {
  if (v.size() != x.size())
    throw ArgError(operation,
                   std::string("needs one ") + what + " for each input; got " + std::to_string(v.size()) + " for " +
                       std::to_string(x.size()),
                   loc);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i].shape() != v[i].shape() || x[i].dtype() != v[i].dtype())
      throw ShapeError(operation,
                       std::string("needs a ") + what + " like input " + std::to_string(i) + ", " +
                           signature(x[i].value()) + "; got " + signature(v[i].value()),
                       loc);
}

Arrays values(const Vars& v) {
  Arrays result;
  for (const Var& x : v) result.push_back(x.value());
  return result;
}
Vars constants(const Arrays& a, Loc loc) {
  Vars result;
  for (const Array& x : a) result.push_back(Var(x, loc));
  return result;
}

/// Σ ⟨aᵢ, bᵢ⟩.
Var inner(const Vars& a, const Vars& b) {
  Var total = sum(a[0] * b[0]);
  for (std::size_t i = 1; i < a.size(); ++i) total = total + sum(a[i] * b[i]);
  return total;
}

/// Zeros with a one at place i.
Array unit(const Array& like, std::int64_t i) {
  Array e = zeros_like(like);
  visit_dtype(e.dtype(), [&]<class T>() { static_cast<T*>(e.raw())[i] = T{1}; });
  return e;
}

/// `grad` of several targets.
Vars grad(const Var& y, const Vars& x, const GradOptions& options, Loc loc) {
  Vars result(x.size());
  if (!x.empty()) grad_into(y, x, result, options, loc);
  return result;
}

// The derivatives of a recorded function. `graph` says whether they are to be recorded too.

std::pair<Var, Vars> vjp_of(const Function& f, const Vars& x, const Var& cotangent, bool graph, Loc loc) {
  Var y = f(x);
  return {y, grad(y, x, {.create_graph = graph, .allow_unused = true, .cotangent = cotangent}, loc)};
}

/// The vjp is linear in its cotangent u: its own vjp, back to u, is the jvp. The value of u does not matter.
struct Transposed {
  Var u;
  Vars g;
};
Transposed transposed(const Var& y, const Vars& x, Loc loc) {
  Transposed t;
  t.u = variable_on(tape_of(x), zeros_like(y.value()), loc);
  t.g = grad(y, x, {.create_graph = true, .allow_unused = true, .cotangent = t.u}, loc);
  return t;
}

/// ∂/∂x Σ ⟨gᵢ, vᵢ⟩
Vars along(const Vars& g, const Vars& v, const Vars& x, bool graph, Loc loc) {
  GradOptions options{.create_graph = graph, .allow_unused = true};
  if (g.size() > 1) return grad(inner(g, v), x, options, loc);
  options.cotangent = v[0];
  return grad(g[0], x, options, loc);
}

std::pair<Var, Var> jvp_of(const Function& f, const Vars& x, const Vars& tangent, bool graph, Loc loc) {
  check_like("jvp", "tangent", x, tangent, loc);
  const Var y = f(x);
  if (const auto moved = push_forward(y, x, tangent)) return {y, *moved};
  const Transposed t = transposed(y, x, loc);
  return {y, along(t.g, tangent, {t.u}, graph, loc)[0]};
}

Vars hvp_of(const Function& f, const Vars& x, const Vars& v, bool graph, Loc loc) {
  check_like("hvp", "vector", x, v, loc);
  const Var y = scalar_of("hvp", f, x, loc);
  // ∇⟨∇f, v⟩. Where every op on the way has a forward rule, ⟨∇f, v⟩ comes without the gradient itself: three large
  // products for a dense layer instead of four.
  if (const auto slope = push_forward(y, x, v))
    return grad(*slope, x, {.create_graph = graph, .allow_unused = true}, loc);
  const Vars g = grad(y, x, {.create_graph = true, .allow_unused = true}, loc);
  return along(g, v, x, graph, loc);
}

Shape joined(const char* operation, const Shape& a, const Shape& b, Loc loc) {
  if (a.rank() + b.rank() > Shape::max_rank)
    throw ShapeError(operation, "needs a result of at most 8 axes; got " + a.to_string() + " by " + b.to_string(), loc);
  Shape shape = a;
  for (std::int64_t extent : b) shape.push_back(extent);
  return shape;
}

/// The derivatives of every element of y (rows) by x, one sweep a row.
Vars rows_of(const char* operation, const Var& y, const Vars& x, bool graph, Loc loc) {
  const std::int64_t m = y.size();
  std::vector<Vars> rows(x.size());
  for (std::int64_t i = 0; i < m; ++i) {
    const Vars g = grad(
        y, x, {.create_graph = graph, .retain = true, .allow_unused = true, .cotangent = Var(unit(y.value(), i))}, loc);
    for (std::size_t k = 0; k < x.size(); ++k) rows[k].push_back(g[k]);
  }
  Vars result;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Shape shape = joined(operation, y.shape(), x[k].shape(), loc);
    result.push_back(m ? reshape(stack(plain(rows[k]), 0, loc), shape) : Var(zeros(shape, y.dtype()), loc));
  }
  return result;
}

Vars jacobian_of(const Function& f, const Vars& x, bool graph, Loc loc) {
  const Var y = f(x);
  // By rows of vjp, or (for one input of fewer elements than the result has) by columns of jvp.
  if (x.size() > 1 || y.size() <= x[0].size() || x[0].size() == 0) return rows_of("jacobian", y, x, graph, loc);
  const Transposed t = transposed(y, x, loc);
  const Shape shape = joined("jacobian", y.shape(), x[0].shape(), loc);
  Vars columns;
  for (std::int64_t j = 0; j < x[0].size(); ++j)
    columns.push_back(reshape(
        xgrad::grad(
            t.g[0], t.u,
            {.create_graph = graph, .retain = true, .allow_unused = true, .cotangent = Var(unit(x[0].value(), j))},
            loc),
        {y.size()}));
  return {reshape(stack(plain(columns), 1, loc), shape)};
}

std::vector<Vars> hessian_of(const Function& f, const Vars& x, bool graph, Loc loc) {
  const Vars g = grad(scalar_of("hessian", f, x, loc), x, {.create_graph = true, .allow_unused = true}, loc);
  std::vector<Vars> blocks;
  for (const Var& slope : g) blocks.push_back(rows_of("hessian", slope, x, graph, loc));
  return blocks;
}

/// An input by another name: what is differentiated by it is what the function does with it, not what the input was
/// computed from, nor what else was computed from the input.
struct Identity {
  static constexpr OpInfo info{.name = "identity", .view = true};
  void infer(Infer& i) const { i.result(i.shape(0), i.dtype(0)); }
  void forward(Run& run) const { run.out() = run.in(0); }
  void vjp(Vjp& c) const { c.give(0, c.grad()); }
};

Vars inputs_on(TapeState* tape, const Vars& x, Loc loc) {
  Vars in;
  for (const Var& v : x) {
    if (v.node(loc)->tape && v.needs_grad()) {
      in.push_back(record(Identity{}, Arg(v, loc)));
    } else {
      in.push_back(variable_on(tape, v.value(), loc));
    }
  }
  return in;
}

/// Vars in, Vars out: the derivatives stay on the tape of the inputs (or the open one). Where nothing is recorded, they
/// are constants.
template <class OnVars, class OnArrays>
auto on_tape_of(const Vars& x, Loc loc, OnVars on_vars, OnArrays on_arrays) {
  for (const Var& v : x) v.node(loc);
  TapeState* tape = tape_of(x);
  const ModeGuard restore;
  mode().tape = tape;  // where parameters that f reads belong
  if (!tape || !mode().grad) return on_arrays(values(x));
  const std::size_t mark = tape->size;
  try {
    return on_vars(inputs_on(tape, x, loc));
  } catch (...) {
    tape->drop(mark, Death::rewind, loc);
    throw;
  }
}
std::vector<Vars> constants(const std::vector<Arrays>& rows, Loc loc) {
  std::vector<Vars> result;
  for (const Arrays& row : rows) result.push_back(constants(row, loc));
  return result;
}
std::pair<Var, Vars> constants(const std::pair<Array, Arrays>& p, Loc loc) {
  return {Var(p.first, loc), constants(p.second, loc)};
}

}  // namespace

std::pair<Var, Vars> value_and_grad(const Function& f, const Vars& x, Loc loc) {
  return on_tape_of(
      x, loc,
      [&](const Vars& in) -> std::pair<Var, Vars> {
        Var y = scalar_of("value_and_grad", f, in, loc);
        return {y, grad(y, in, {.create_graph = true, .allow_unused = true}, loc)};
      },
      [&](const Arrays& a) { return constants(value_and_grad(f, a, loc), loc); });
}
std::pair<Array, Arrays> value_and_grad(const Function& f, const Arrays& x, Loc loc) {
  Recording recording(loc);
  const Vars v = recording.variables(x, loc);
  const Var y = scalar_of("value_and_grad", f, v, loc);
  return {y.value(), values(grad(y, v, {.allow_unused = true}, loc))};
}

std::pair<Var, Vars> vjp(const Function& f, const Vars& x, const Var& cotangent, Loc loc) {
  return on_tape_of(
      x, loc, [&](const Vars& in) { return vjp_of(f, in, cotangent, true, loc); },
      [&](const Arrays& a) { return constants(vjp(f, a, cotangent.value(loc), loc), loc); });
}
std::pair<Array, Arrays> vjp(const Function& f, const Arrays& x, const Array& cotangent, Loc loc) {
  Recording recording(loc);
  const auto [y, g] = vjp_of(f, recording.variables(x, loc), Var(cotangent, loc), false, loc);
  return {y.value(), values(g)};
}

std::pair<Var, Var> jvp(const Function& f, const Vars& x, const Vars& tangent, Loc loc) {
  return on_tape_of(
      x, loc, [&](const Vars& in) { return jvp_of(f, in, tangent, true, loc); },
      [&](const Arrays& a) -> std::pair<Var, Var> {
        const auto [y, t] = jvp(f, a, values(tangent), loc);
        return {Var(y, loc), Var(t, loc)};
      });
}
std::pair<Array, Array> jvp(const Function& f, const Arrays& x, const Arrays& tangent, Loc loc) {
  Recording recording(loc);
  const auto [y, t] = jvp_of(f, recording.variables(x, loc), constants(tangent, loc), false, loc);
  return {y.value(), t.value()};
}

Vars hvp(const Function& f, const Vars& x, const Vars& v, Loc loc) {
  return on_tape_of(
      x, loc, [&](const Vars& in) { return hvp_of(f, in, v, true, loc); },
      [&](const Arrays& a) { return constants(hvp(f, a, values(v), loc), loc); });
}
Arrays hvp(const Function& f, const Arrays& x, const Arrays& v, Loc loc) {
  Recording recording(loc);
  return values(hvp_of(f, recording.variables(x, loc), constants(v, loc), false, loc));
}

Vars jacobian(const Function& f, const Vars& x, Loc loc) {
  return on_tape_of(
      x, loc, [&](const Vars& in) { return jacobian_of(f, in, true, loc); },
      [&](const Arrays& a) { return constants(jacobian(f, a, loc), loc); });
}
Arrays jacobian(const Function& f, const Arrays& x, Loc loc) {
  Recording recording(loc);
  return values(jacobian_of(f, recording.variables(x, loc), false, loc));
}

std::vector<Vars> hessian(const Function& f, const Vars& x, Loc loc) {
  return on_tape_of(
      x, loc, [&](const Vars& in) { return hessian_of(f, in, true, loc); },
      [&](const Arrays& a) { return constants(hessian(f, a, loc), loc); });
}
std::vector<Arrays> hessian(const Function& f, const Arrays& x, Loc loc) {
  Recording recording(loc);
  std::vector<Arrays> blocks;
  for (const Vars& row : hessian_of(f, recording.variables(x, loc), false, loc)) blocks.push_back(values(row));
  return blocks;
}

}  // namespace xgrad::detail

namespace xgrad {

// What is given by the name of an op, out of line: each file that includes the header would pay for them.

std::pair<Array, Array> value_and_grad(detail::OpName f, const Array& x, Loc loc) {
  auto [y, g] = detail::value_and_grad(detail::function_of(f), detail::Arrays{x}, loc);
  return {std::move(y), std::move(g[0])};
}
std::pair<Array, Array> vjp(detail::OpName f, const Array& x, const Array& cotangent, Loc loc) {
  auto [y, g] = detail::vjp(detail::function_of(f), detail::Arrays{x}, cotangent, loc);
  return {std::move(y), std::move(g[0])};
}
std::pair<Array, Array> jvp(detail::OpName f, const Array& x, const Array& tangent, Loc loc) {
  return detail::jvp(detail::function_of(f), detail::Arrays{x}, detail::Arrays{tangent}, loc);
}
Array jacobian(detail::OpName f, const Array& x, Loc loc) {
  return detail::jacobian(detail::function_of(f), detail::Arrays{x}, loc)[0];
}

}  // namespace xgrad
