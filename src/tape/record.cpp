// Recording: check, compute, then (and only then) change the tape.

#include <cmath>

#include "tape/operands.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {
namespace detail {

Operands::Operands(const OpClass& op, std::span<const Arg* const> args, Loc loc)
    : args_(args), values_(args.size()), carries_(args.size()) {
  const Mode& now = mode();
  const bool records = now.grad && op.differentiable();
  const Arg* first = nullptr;  // the first operand on a tape
  bool weak = false, gradient = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Arg& a = *args[i];
    carries_[i] = false;
    if (const auto& p = a.parameter()) {
      values_[i] = &p->value;
      carries_[i] = records && p->trainable;
    } else {
      Node* n = a.var().node(a.loc());
      values_[i] = &n->value;
      weak |= n->weak();
      if (n->tape) {
        if (tape_ && tape_ != n->tape)
          throw ForeignTape(op.info.name,
                            "needs operands of one tape; got " + xgrad::describe(NodeView(first->var().node())) +
                                " and " + xgrad::describe(NodeView(n)) + " of another",
                            loc);
        if (!tape_) first = &a;
        tape_ = n->tape;
        carries_[i] = records && n->needs_grad();
      }
    }
    gradient |= carries_[i];
  }
  if (!gradient) {
    tape_ = nullptr;
  } else if (!tape_) {
    tape_ = now.tape;
    if (!tape_) {
      for (std::size_t i = 0; i < args.size(); ++i)
        if (const auto& p = args[i]->parameter())
          throw NoTape(op.info.name,
                       "needs an open tape for parameter '" + p->name +
                           "'; got none (open a scope: auto scope = tape.scope(); or compute under NoGrad)",
                       loc);
    }
  }
  if (weak) adopt_numbers(op, loc);
  if (op.info.uniform)
    for (std::size_t i = 1; i < args.size(); ++i)
      if (value(i).dtype() != value(0).dtype())
        throw DTypeError(op.info.name,
                         std::string("needs operands of one element type; got ") + signature(value(0)) + " and " +
                             signature(value(i)) + " (astype converts)",
                         loc, describe());
}

void Operands::adopt_numbers(const OpClass& op, Loc loc) {
  // A plain number takes the type of the first floating array it meets, else of the first number array. Numbers among
  // themselves stay numbers: float64, or int64 where all are whole; beside masks alone they become float32.
  DType type = DType::float32;
  bool found = false;
  all_numbers_ = true;
  for (std::size_t i = 0; i < args_.size(); ++i)
    all_numbers_ = all_numbers_ && !args_[i]->parameter() && args_[i]->var().node()->weak();
  if (all_numbers_) {
    type = DType::int64;
    for (std::size_t i = 0; i < args_.size(); ++i)
      if (values_[i]->dtype() == DType::float64 || values_[i]->dtype() == DType::float32) type = DType::float64;
    found = true;
  }
  for (std::size_t i = 0; i < args_.size(); ++i) {
    const bool weak = !args_[i]->parameter() && args_[i]->var().node()->weak();
    const DType t = values_[i]->dtype();
    if (weak || t == DType::boolean) continue;
    if (is_floating(t)) {
      type = t;
      break;
    }
    if (!found) type = t;
    found = true;
  }
  for (std::size_t i = 0; i < args_.size(); ++i) {
    if (args_[i]->parameter() || !args_[i]->var().node()->weak() || values_[i]->dtype() == type) continue;
    const double number = values_[i]->item<double>();
    const bool holds = is_floating(type) || (number == std::trunc(number) && std::abs(number) < 9.2e18 &&
                                             (type == DType::int64 || (number >= 0 && number <= 255)));
    if (!holds)
      throw DTypeError(op.info.name,
                       std::string("needs a number that ") + name_of(type) + " can hold; got " +
                           std::to_string(number) + " (astype converts the array)",
                       loc, describe());
    if (!numbers_) numbers_.emplace(args_.size());
    (*numbers_)[i] = values_[i]->astype(type);
    values_[i] = &(*numbers_)[i];
  }
}

DType Operands::kernel_dtype(DType otherwise) const noexcept {
  for (std::size_t i = 0; i < count(); ++i)
    if (is_floating(value(i).dtype())) return value(i).dtype();
  return count() ? value(0).dtype() : otherwise;
}

std::string Operands::describe() const {
  std::string text;
  for (std::size_t i = 0; i < count(); ++i) {
    if (i) text += "\n  ";
    text += "operand " + std::to_string(i) + ": ";
    const Arg& a = *args_[i];
    if (a.parameter()) {
      text += "parameter '" + a.parameter()->name + "' " + signature(value(i));
    } else {
      const NodeView n(a.var().node());
      text += std::string(n.op()) + " " + (n.label().empty() ? "" : "'" + n.label() + "' ") + signature(value(i)) +
              (n.loc().known() ? ", " + to_string(n.loc()) : "");
    }
  }
  return text;
}

namespace {

void check_finite(const OpClass& op, const Array& a, const Operands& operands, Loc loc) {
  const Mode& now = mode();
  if (!is_floating(a.dtype())) return;
  visit_dtype(a.dtype(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      const T* v = static_cast<const T*>(a.raw());
      for (std::int64_t i = 0; i < a.size(); ++i) {
        if (std::isnan(v[i]) || (now.check_inf && std::isinf(v[i])))
          throw NonFiniteError(op.info.name,
                               std::string("needs finite results in anomaly mode; got ") +
                                   (std::isnan(v[i]) ? "NaN" : "infinity") + " at element " + std::to_string(i) +
                                   " of " + signature(a) + (now.path ? " in " + std::string(now.path) : ""),
                               loc, operands.describe());
      }
    }
  });
}

/// What the op that this thread checks says of its results beyond the first. Its memory is kept.
std::vector<Spec>& more_results() {
  thread_local std::vector<Spec> all;
  return all;
}

/// Checks and computes; leaves the tape alone.
ShortList<Array> compute(const OpClass& op, void* self, const Operands& operands, Loc loc) {
  Spec first{};
  Infer infer(op.info.name, operands, nullptr, &first);
  const DType kernel_type = operands.kernel_dtype(DType::float32);
  if (op.infer) {
    op.infer(self, infer);
  } else {
    infer.result(infer.broadcast(), operands.value(0).dtype());
  }
  const DType type = operands.count() ? kernel_type : first.dtype;
  if (!(op.dtypes >> static_cast<unsigned>(type) & 1)) {
    std::string takes;
    for (unsigned d = 0; d < 5; ++d)
      if (op.dtypes >> d & 1) takes += (takes.empty() ? "" : " or ") + std::string(name_of(static_cast<DType>(d)));
    infer.dtype_error(takes, infer.signatures());
  }
  const std::size_t results = static_cast<std::size_t>(infer.results());
  ShortList<Array> outputs(results);
  if (!op.info.view) {
    outputs[0] = Array::empty(first.shape, first.dtype, loc);
    for (std::size_t j = 1; j < results; ++j) {
      const Spec& spec = detail::more_results()[j - 1];
      outputs[j] = Array::empty(spec.shape, spec.dtype, loc);
    }
  }
  Run run(operands.values(), outputs.span(), op.info.name, loc);
  op.forward(self, run, type);
  if (mode().check_nan)
    for (const Array& a : outputs.span()) check_finite(op, a, operands, loc);
  return outputs;
}

/// The operands as nodes of the tape: constants and parameters that are not there yet become leaves.
void bring_inputs(TapeState& tape, const Operands& operands, std::span<Node*> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Arg& a = operands.arg(i);
    if (a.parameter()) {
      inputs[i] = tape.leaf_of(a.parameter(), a.loc());
    } else if (Node* v = a.var().node(a.loc()); v->tape) {
      inputs[i] = v;
    } else {
      inputs[i] = tape.push_leaf(constant_leaf, operands.value(i), v->loc);
      inputs[i]->label = v->label;
    }
  }
}

/// Puts the results on the tape. What can fail comes first and is undone.
Node* push_results(const OpClass& op, void* self, const Operands& operands, ShortList<Array>& outputs, Loc loc) {
  TapeState& tape = *operands.tape();
  const std::size_t n = operands.count();
  const std::size_t mark = tape.size;
  ShortList<Node*> inputs(n);
  void* attributes = nullptr;
  try {
    bring_inputs(tape, operands, inputs.span());
    tape.reserve(outputs.size(), n);
    if (op.size) attributes = tape.arena.allocate(op.size, op.alignment);
  } catch (...) {
    tape.drop(mark, Death::rewind, loc);
    throw;
  }
  if (op.size) op.move(attributes, self);
  Node* first = nullptr;
  for (std::size_t j = 0; j < outputs.size(); ++j) {
    const DType dtype = outputs[j].dtype();
    Node* out = tape.push(op, std::move(outputs[j]), loc);
    out->output = static_cast<std::uint32_t>(j);
    if (is_floating(dtype)) out->flags |= Node::needs_grad_flag;
    if (j == 0) {
      first = out;
      out->attributes = attributes;
      out->inputs = static_cast<std::uint16_t>(n);
      for (std::size_t i = 0; i < n; ++i) tape.operands.push_back(inputs[i]->index);
    }
    if (op.info.saves & Saves::output) ++out->saved;
  }
  for (std::size_t i = 0; i < n; ++i)
    if (saves_input(*first, static_cast<int>(i))) ++inputs[i]->saved;
  for (std::size_t i = 0; i < n; ++i) tape.release_if_dead(inputs[i]);
  return first;
}

bool records_decomposition(const OpClass& op, const Operands& operands) {
  return op.decompose && operands.tape() && !mode().fusion;
}

std::vector<Var> decomposed(const OpClass& op, void* self, std::span<const Arg* const> args) {
  std::vector<Var> in, out;
  for (const Arg* a : args) in.push_back(a->parameter() ? Var(Parameter(a->parameter()), a->loc()) : a->var());
  op.decompose(self, in, out);
  return out;
}

}  // namespace

Var record_one(const OpClass& op, void* self, std::span<const Arg* const> args, Loc loc) {
  if (mode().origin.known()) loc = mode().origin;
  const Operands operands(op, args, loc);
  if (records_decomposition(op, operands)) return decomposed(op, self, args)[0];
  ShortList<Array> outputs = compute(op, self, operands, loc);
  if (!operands.tape()) {
    const bool number = operands.all_numbers() && outputs[0].dtype() != DType::boolean && outputs[0].rank() == 0;
    return Var(make_loose(std::move(outputs[0]), loc, number));
  }
  Node* n = push_results(op, self, operands, outputs, loc);
  Var result(n);
  for (int j = 1, count = output_count(*n); j < count; ++j)
    n->tape->release_if_dead(n->tape->node(n->index + static_cast<std::size_t>(j)));
  return result;
}

void record_many(const OpClass& op, void* self, std::span<const Arg* const> args, Loc loc, std::vector<Var>& results) {
  if (mode().origin.known()) loc = mode().origin;
  const Operands operands(op, args, loc);
  if (records_decomposition(op, operands)) {
    results = decomposed(op, self, args);
    return;
  }
  ShortList<Array> outputs = compute(op, self, operands, loc);
  results.reserve(outputs.size());
  if (!operands.tape()) {
    for (Array& a : outputs.span()) results.push_back(Var(make_loose(std::move(a), loc)));
    return;
  }
  Node* n = push_results(op, self, operands, outputs, loc);
  for (std::size_t j = 0; j < outputs.size(); ++j) results.push_back(Var(n->tape->node(n->index + j)));
}

namespace {
ShortList<const Arg*> addresses(std::span<const Arg> args) {
  ShortList<const Arg*> list(args.size());
  for (std::size_t i = 0; i < args.size(); ++i) list[i] = &args[i];
  return list;
}
}  // namespace

Var record_one(const OpClass& op, void* self, std::span<const Arg> args, Loc loc) {
  return record_one(op, self, std::span<const Arg* const>(addresses(args).span()), loc);
}
void record_many(const OpClass& op, void* self, std::span<const Arg> args, Loc loc, std::vector<Var>& results) {
  record_many(op, self, std::span<const Arg* const>(addresses(args).span()), loc, results);
}

}  // namespace detail

// --- what infer and forward see ---

int Infer::count() const noexcept { return static_cast<int>(operands_.count()); }
const Shape& Infer::shape(int i) const noexcept { return operands_.value(static_cast<std::size_t>(i)).shape(); }
DType Infer::dtype(int i) const noexcept { return operands_.value(static_cast<std::size_t>(i)).dtype(); }

void Infer::result(const Shape& shape, DType dtype) {
  if (results_++ == 0) {
    first_->shape = shape;
    first_->dtype = dtype;
  } else {
    std::vector<Spec>& more = more_ ? *more_ : detail::more_results();
    if (results_ == 2) more.clear();
    more.push_back({shape, dtype});
  }
}

Shape Infer::broadcast() const {
  Shape common = shape(0);
  for (int i = 1; i < count(); ++i)
    if (!broadcast_shapes(common, shape(i), common)) shape_error("shapes that broadcast to one", shapes());
  return common;
}

std::string Infer::shapes() const {
  std::string text;
  for (int i = 0; i < count(); ++i) text += (i ? (i + 1 == count() ? " and " : ", ") : "") + shape(i).to_string();
  return text;
}
std::string Infer::signatures() const {
  std::string text;
  for (int i = 0; i < count(); ++i)
    text += (i ? (i + 1 == count() ? " and " : ", ") : "") + signature(operands_.value(static_cast<std::size_t>(i)));
  return text;
}

int Infer::axis(std::int64_t axis, int rank) const {
  if (axis < -rank || axis >= rank)
    index_error("an axis from " + std::to_string(-rank) + " to " + std::to_string(rank - 1),
                std::to_string(axis) + " for " + shapes());
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}
void Infer::need_floating(int i) const {
  if (!is_floating(dtype(i))) dtype_error("float32 or float64", signatures());
}

namespace {
Loc first_loc(const detail::Operands& operands) {
  return detail::user_line(operands.count() ? operands.arg(0).loc() : Loc{});
}
}  // namespace
void Infer::shape_error(const std::string& needs, const std::string& got) const {
  throw ShapeError(name_, problem(needs, got), first_loc(operands_), operands_.describe());
}
void Infer::dtype_error(const std::string& needs, const std::string& got) const {
  throw DTypeError(name_, problem(needs, got), first_loc(operands_), operands_.describe());
}
void Infer::index_error(const std::string& needs, const std::string& got) const {
  throw IndexError(name_, problem(needs, got), first_loc(operands_), operands_.describe());
}
void Infer::arg_error(const std::string& needs, const std::string& got) const {
  throw ArgError(name_, problem(needs, got), first_loc(operands_), operands_.describe());
}
void Run::index_error(const std::string& needs, const std::string& got) const {
  throw IndexError(name_, "needs " + needs + "; got " + got, loc_);
}
void Run::arg_error(const std::string& needs, const std::string& got) const {
  throw ArgError(name_, "needs " + needs + "; got " + got, loc_);
}

}  // namespace xgrad
