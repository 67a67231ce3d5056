#pragma once
/// \file Array: dense numbers with a shape and a run-time element type.

#include <iosfwd>
#include <span>
#include <string>
#include <type_traits>

#include "xgrad/core/buffer.hpp"
#include "xgrad/core/dtype.hpp"
#include "xgrad/core/error.hpp"
#include "xgrad/core/location.hpp"
#include "xgrad/core/shape.hpp"

// Only named here, so that this header does not pull xtensor in: core/xt.hpp has the conversions.
namespace xt {
template <class D>
class xexpression;
}

namespace xgrad {

namespace operators {
/// The empty base of Array, Var and Parameter. It brings this namespace's operators to them by argument-dependent
/// lookup, and it is what switches xtensor's own operator templates off for them (core/xt.hpp).
struct Operand {};
}  // namespace operators

/// Any xtensor expression: container, view, function or generator.
template <class E>
concept XtExpression = std::is_class_v<std::remove_cvref_t<E>> &&
    std::is_base_of_v<xt::xexpression<std::remove_cvref_t<E>>, std::remove_cvref_t<E>>;

/// A dense, row-major, 64-byte-aligned array of run-time element type; rank 0 (a scalar) to 8, zero-size included.
///
/// A value: copies are independent, though they share memory until one of them is written (copy on write). Every op
/// takes Arrays as well as Vars, and on Arrays alone computes at once and records nothing. Any xtensor expression
/// converts to an Array; `as<T>()` gives an xtensor adaptor without a copy.
///
/// Arrays may be read from several threads at once.
class Array : public operators::Operand {
 public:
  /// No elements: float32, shape [0].
  Array() : shape_{0} {}
  /// The values of an xtensor expression, evaluated once into memory of the array's own. Its value type chooses the
  /// dtype; integers other than uint8 and bool become int64.
  template <XtExpression E>
  Array(const E& expression);  // NOLINT(google-explicit-constructor): any expression goes where an array is expected

  /// Uninitialised memory. @throws ShapeError for a negative extent.
  static Array empty(const Shape& shape, DType dtype, Loc loc = Loc::current());
  /// A scalar (shape []) of the number's own type.
  template <Number T>
  static Array scalar(T value) {
    Array a = empty({}, dtype_of<T>());
    *static_cast<stored_t<T>*>(a.raw()) = static_cast<stored_t<T>>(value);
    return a;
  }
  /// Reads `memory` in place, without a copy: the caller keeps it alive and unchanged for as long as any copy of the
  /// array, or a graph that reads it, lives. A write through the array copies first.
  template <Element T>
  static Array borrow(const T* memory, const Shape& shape) {
    return borrow_raw(const_cast<T*>(memory), shape, dtype_of<T>());
  }
  /// Copies `size` numbers. @throws ShapeError when the count disagrees with the shape.
  template <Element T>
  static Array from(std::span<const T> values, const Shape& shape, Loc loc = Loc::current()) {
    return copy_raw(values.data(), static_cast<std::int64_t>(values.size()), shape, dtype_of<T>(), loc);
  }

  const Shape& shape() const noexcept { return shape_; }
  std::int64_t shape(int axis) const noexcept { return shape_[axis < 0 ? axis + shape_.rank() : axis]; }
  int rank() const noexcept { return shape_.rank(); }
  std::int64_t size() const noexcept { return shape_.size(); }
  DType dtype() const noexcept { return dtype_; }
  std::size_t bytes() const noexcept { return static_cast<std::size_t>(size()) * size_of(dtype_); }

  /// The elements, row-major. @throws DTypeError when T is not the array's element type.
  template <Element T>
  const T* data(Loc loc = Loc::current()) const {
    check_dtype(dtype_of<T>(), loc);
    return static_cast<const T*>(raw());
  }
  /// The elements for writing; a shared array is copied first. @throws DTypeError
  template <Element T>
  T* mutable_data(Loc loc = Loc::current()) {
    check_dtype(dtype_of<T>(), loc);
    detach();
    return static_cast<T*>(raw());
  }
  template <Element T>
  std::span<const T> span(Loc loc = Loc::current()) const {
    return {data<T>(loc), static_cast<std::size_t>(size())};
  }

  /// The one element of an array of size 1, converted to T. @throws ShapeError for any other size.
  template <Number T>
  T item(Loc loc = Loc::current()) const {
    check_single(loc);
    return visit_dtype(dtype_, [&]<class S>() { return static_cast<T>(*static_cast<const S*>(raw())); });
  }

  /// An xtensor adaptor onto the elements, without a copy; valid while this array lives unchanged. @throws DTypeError
  template <Element T>
  auto as(Loc loc = Loc::current()) const&;
  /// Of a temporary: an xtensor container that owns its elements.
  template <Element T>
  auto as(Loc loc = Loc::current()) &&;
  /// An adaptor for writing; a shared array is copied first. @throws DTypeError
  template <Element T>
  auto as_mutable(Loc loc = Loc::current());

  /// The same elements under another shape, without a copy; one extent may be −1 and is computed. @throws ShapeError
  Array reshape(const Shape& shape, Loc loc = Loc::current()) const;
  /// The elements converted; the array itself where the type is the same. float → integer truncates toward zero,
  /// anything → bool is `!= 0`.
  Array astype(DType dtype) const;
  /// A copy with memory of its own.
  Array copy() const;
  /// Elements [begin, end) of the first axis, without a copy. @throws IndexError
  Array rows(std::int64_t begin, std::int64_t end, Loc loc = Loc::current()) const;

  // --- for kernels and the engine ---
  const void* raw() const noexcept { return buffer_.data() + offset_; }
  void* raw() noexcept { return buffer_.data() + offset_; }
  /// Whether the memory may be written in place: nobody else shares it.
  bool unique() const noexcept { return buffer_.unique(); }
  bool shares_memory_with(const Array& other) const noexcept { return buffer_ && buffer_ == other.buffer_; }
  /// False once the engine has given the memory back, and for an array without elements that never had any.
  bool has_memory() const noexcept { return static_cast<bool>(buffer_); }
  /// Gives the memory back and keeps shape and dtype.
  void release() noexcept { buffer_.reset(); }
  /// Makes the memory unshared.
  void detach();

 private:
  template <class T>
  using stored_t = std::conditional_t<
      std::is_same_v<T, float>, float,
      std::conditional_t<
          std::is_floating_point_v<T>, double,
          std::conditional_t<std::is_same_v<T, bool>, bool,
                             std::conditional_t<std::is_same_v<T, std::uint8_t>, std::uint8_t, std::int64_t>>>>;

  static Array borrow_raw(void* memory, const Shape& shape, DType dtype);
  static Array copy_raw(const void* memory, std::int64_t count, const Shape& shape, DType dtype, Loc loc);
  void check_dtype(DType wanted, Loc loc) const;
  void check_single(Loc loc) const;

  Buffer buffer_;
  std::size_t offset_ = 0;  // bytes
  Shape shape_;
  DType dtype_ = DType::float32;
};

/// @name Making arrays
/// Each takes the shape, and the dtype with float32 as the default. @throws ShapeError for a negative extent.
/// @{
Array zeros(const Shape& shape, DType dtype = DType::float32, Loc loc = Loc::current());
Array ones(const Shape& shape, DType dtype = DType::float32, Loc loc = Loc::current());
/// Every element `value`. Without a dtype, float and integer values keep their own (a double is float32, as everywhere
/// in xgrad where a number meets no array). @throws DTypeError where the dtype cannot hold the value.
Array full(const Shape& shape, double value, DType dtype = DType::float32, Loc loc = Loc::current());
Array zeros_like(const Array& a);
Array ones_like(const Array& a);
Array full_like(const Array& a, double value, Loc loc = Loc::current());
/// start, start + step, … below stop. @throws ArgError for step 0.
Array arange(double start, double stop, double step = 1, DType dtype = DType::float32, Loc loc = Loc::current());
/// `count` evenly spaced numbers from start to stop, both included.
Array linspace(double start, double stop, std::int64_t count, DType dtype = DType::float32, Loc loc = Loc::current());
/// The identity matrix [n, n].
Array eye(std::int64_t n, DType dtype = DType::float32, Loc loc = Loc::current());
/// @}

/// "float32[128,784]"
std::string signature(const Array& a);

/// Prints dtype, shape and the values, rounded, with `…` where there are many.
std::ostream& operator<<(std::ostream& out, const Array& a);
std::string to_string(const Array& a);

}  // namespace xgrad
