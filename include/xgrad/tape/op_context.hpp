#pragma once
/// \file What an op's members see: operands while they are checked, values while it runs, cotangents while it is swept.

#include <concepts>
#include <span>
#include <string>
#include <vector>

#include "xgrad/tape/arg.hpp"
#include "xgrad/tape/parameter.hpp"

namespace xgrad {

/// The shape and element type of a result.
struct Spec {
  Shape shape;
  DType dtype;
};

namespace detail {
class Operands;
}

/// What `infer` sees: shapes and types of the operands, and the words for a refusal.
class Infer {
 public:
  Infer(const char* name, const detail::Operands& operands, std::vector<Spec>* more, Spec* first) noexcept
      : name_(name), operands_(operands), more_(more), first_(first) {}
  int count() const noexcept;
  const Shape& shape(int i) const noexcept;
  DType dtype(int i) const noexcept;
  int rank(int i) const noexcept { return shape(i).rank(); }
  /// Declares the next result.
  void result(const Shape& shape, DType dtype);
  /// The common shape of all operands under broadcasting. @throws ShapeError
  Shape broadcast() const;

  [[noreturn]] void shape_error(const std::string& needs, const std::string& got) const;
  [[noreturn]] void dtype_error(const std::string& needs, const std::string& got) const;
  [[noreturn]] void index_error(const std::string& needs, const std::string& got) const;
  [[noreturn]] void arg_error(const std::string& needs, const std::string& got) const;
  /// "[128,784] and [512,10]": the operands' shapes; their signatures.
  std::string shapes() const;
  std::string signatures() const;
  /// `axis` counted from the front. @throws IndexError where it is out of range for `rank`
  int axis(std::int64_t axis, int rank) const;
  /// @throws DTypeError unless operand i is float32 or float64
  void need_floating(int i) const;
  int results() const noexcept { return results_; }

 private:
  std::string problem(const std::string& needs, const std::string& got) const {
    return "needs " + needs + "; got " + got;
  }
  const char* name_;
  const detail::Operands& operands_;
  std::vector<Spec>* more_;
  Spec* first_;
  int results_ = 0;
};

/// What `forward` sees: the operands' values, and the results, allocated and uninitialised.
class Run {
 public:
  Run(std::span<const Array* const> inputs, std::span<Array> outputs, const char* name, Loc loc) noexcept
      : inputs_(inputs), outputs_(outputs), name_(name), loc_(loc) {}
  int inputs() const noexcept { return static_cast<int>(inputs_.size()); }
  const Array& in(int i) const noexcept { return *inputs_[static_cast<std::size_t>(i)]; }
  Array& out(int j = 0) noexcept { return outputs_[static_cast<std::size_t>(j)]; }
  int outputs() const noexcept { return static_cast<int>(outputs_.size()); }
  /// For values that only the kernel meets (an index out of range): throws IndexError with the op's name and the user's
  /// line.
  [[noreturn]] void index_error(const std::string& needs, const std::string& got) const;
  [[noreturn]] void arg_error(const std::string& needs, const std::string& got) const;

 protected:
  std::span<const Array* const> inputs_;
  std::span<Array> outputs_;
  const char* name_;
  Loc loc_;
};

/// A Run of one element type.
template <Element T>
class Kernel : public Run {
 public:
  using Element = T;
  explicit Kernel(const Run& run) noexcept : Run(run) {}
  const T* in(int i) const noexcept { return static_cast<const T*>(Run::in(i).raw()); }
  T* out(int j = 0) noexcept { return static_cast<T*>(Run::out(j).raw()); }
  /// Operands and results of another element type: labels, masks.
  template <class U>
  const U* in_as(int i) const noexcept {
    return static_cast<const U*>(Run::in(i).raw());
  }
  template <class U>
  U* out_as(int j = 0) noexcept {
    return static_cast<U*>(Run::out(j).raw());
  }
  const Shape& shape(int i) const noexcept { return Run::in(i).shape(); }
  const Shape& out_shape(int j = 0) noexcept { return Run::out(j).shape(); }
  /// Elements of the result; of operand i.
  std::int64_t size() noexcept { return Run::out().size(); }
  std::int64_t size(int i) const noexcept { return Run::in(i).size(); }
};

/// What carries cotangents during a sweep. Implemented by autodiff; ops see it through Vjp and BackwardKernel.
class Sweep {
 public:
  virtual ~Sweep() = default;
  virtual bool wants(const detail::Node& node, int input) const = 0;
  virtual bool has_cotangent(const detail::Node& node) const = 0;
  virtual Var cotangent(const detail::Node& node) = 0;
  virtual const Array& cotangent_array(const detail::Node& node) = 0;
  virtual void give(const detail::Node& node, int input, const Var& cotangent) = 0;
  virtual Array& target(const detail::Node& node, int input, bool& add) = 0;
  /// Whether an operand's cotangent may come as rows; then `give_rows` in place of `target`.
  virtual bool takes_rows(const detail::Node&, int) const { return false; }
  virtual void give_rows(const detail::Node&, int, RowGradient) {}
};

/// What `vjp` sees: the cotangent of the result, the values, and a place for the cotangents of the operands.
class Vjp {
 public:
  Vjp(const detail::Node& node, Sweep& sweep) noexcept : node_(node), sweep_(sweep) {}
  int inputs() const noexcept { return node_.inputs; }
  /// Whether anybody asks for the gradient of operand i.
  bool wants(int i) const { return sweep_.wants(node_, i); }
  /// The cotangent of result j: has the result's shape and dtype; zeros where none arrived.
  Var grad(int j = 0) const;
  bool has_grad(int j) const;
  /// Operand i; result j. The op's `saves` must cover it.
  Var in(int i) const;
  Var out(int j = 0) const;
  const Shape& in_shape(int i) const noexcept;
  DType in_dtype(int i) const noexcept;
  const Shape& out_shape(int j = 0) const noexcept;
  /// Adds `g` to the cotangent of operand i. `g` may have any shape that the operand was broadcast to.
  void give(int i, const Var& g) const { sweep_.give(node_, i, g); }
  Loc loc() const noexcept { return node_.loc; }

 private:
  const detail::Node& node_;
  Sweep& sweep_;
};

/// What `jvp` sees: how the operands move, and the values.
class Jvp {
 public:
  Jvp(const detail::Node& node, std::span<const Var> tangents) noexcept : node_(node), tangents_(tangents) {}
  int inputs() const noexcept { return node_.inputs; }
  /// Whether operand i moves; its tangent, of its shape and dtype, if so.
  bool moves(int i) const noexcept { return tangents_[static_cast<std::size_t>(i)].valid(); }
  const Var& tangent(int i) const noexcept { return tangents_[static_cast<std::size_t>(i)]; }
  /// Operand i; the result. The op's `saves` must cover it.
  Var in(int i) const;
  Var out() const;

 private:
  const detail::Node& node_;
  std::span<const Var> tangents_;
};

/// Where a fast_vjp puts the cotangent of an operand: has the operand's shape; write, or add to what is there.
template <class T>
struct Target {
  T* data;
  bool add;
};

namespace detail {
const Array& input_value(const Node& node, int i);
const Array& output_value(const Node& node, int j);
bool output_has_cotangent(const Node& node, int j, const Sweep& sweep);
const Array& output_cotangent(const Node& node, int j, Sweep& sweep);
}  // namespace detail

/// What `fast_vjp` sees: a Vjp on raw memory.
template <Element T>
class BackwardKernel {
 public:
  BackwardKernel(const detail::Node& node, Sweep& sweep) noexcept : node_(node), sweep_(sweep) {}
  int inputs() const noexcept { return node_.inputs; }
  bool wants(int i) const { return sweep_.wants(node_, i); }
  bool has_grad(int j) const { return detail::output_has_cotangent(node_, j, sweep_); }
  /// Only where `has_grad(j)`; always so for the only result of an op.
  const T* grad(int j = 0) { return static_cast<const T*>(detail::output_cotangent(node_, j, sweep_).raw()); }
  const T* in(int i) const { return static_cast<const T*>(detail::input_value(node_, i).raw()); }
  const T* out(int j = 0) const { return static_cast<const T*>(detail::output_value(node_, j).raw()); }
  template <class U>
  const U* in_as(int i) const {
    return static_cast<const U*>(detail::input_value(node_, i).raw());
  }
  const Shape& shape(int i) const { return shape_of(i); }
  const Shape& out_shape() const { return node_.value.shape(); }
  std::int64_t size() const { return node_.value.size(); }
  /// Whether the cotangent of operand i, zero but for some rows, may be given as those rows alone: then it must be.
  bool takes_rows(int i) const { return sweep_.takes_rows(node_, i); }
  void give_rows(int i, RowGradient g) { sweep_.give_rows(node_, i, std::move(g)); }
  /// Ask for it right before writing it: two operands may be the same node.
  Target<T> target(int i) {
    bool add = false;
    Array& a = sweep_.target(node_, i, add);
    return {static_cast<T*>(a.raw()), add};
  }

 private:
  const Shape& shape_of(int i) const;
  const detail::Node& node_;
  Sweep& sweep_;
};

namespace detail {
const Shape& input_shape(const Node& node, int i) noexcept;
}
template <Element T>
const Shape& BackwardKernel<T>::shape_of(int i) const {
  return detail::input_shape(node_, i);
}

}  // namespace xgrad
