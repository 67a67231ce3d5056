// Powers, extremes, and functions of two operands with a geometry.

#include <cmath>

#include "kernels/broadcast.hpp"
#include "kernels/elementwise.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

namespace {

template <class T>
concept Arithmetic = std::floating_point<T> || std::same_as<T, std::int64_t>;

/// The base of an op of two broadcasting operands.
template <kernels::Binary function>
struct BinaryOp {
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::binary_broadcast(function, k.shape(0).extents(), k.shape(1).extents(), k.in(0), k.in(1), k.out());
  }
};
/// One that also takes integers.
template <kernels::Binary function>
struct IntegerBinaryOp {
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    kernels::binary_broadcast(function, k.shape(0).extents(), k.shape(1).extents(), k.in(0), k.in(1), k.out());
  }
};

struct Pow : BinaryOp<kernels::Binary::pow> {
  static constexpr OpInfo info{.name = "pow", .saves = Saves::inputs | Saves::output};
  void vjp(Vjp& c) const {
    const Var a = c.in(0), b = c.in(1);
    if (c.wants(0)) c.give(0, absorb_multiply(c.grad(), where(b == 0, 0, b * pow(a, b - 1))));
    if (c.wants(1)) c.give(1, absorb_multiply(c.grad() * c.out(), where(a == 0, 0, log(where(a == 0, 1, a)))));
  }
};

struct Maximum : IntegerBinaryOp<kernels::Binary::maximum> {
  static constexpr OpInfo info{.name = "maximum", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    const Var a = c.in(0), b = c.in(1), half = where(a == b, 0.5 * c.grad(), 0);
    if (c.wants(0)) c.give(0, where(a > b, c.grad(), half));
    if (c.wants(1)) c.give(1, where(b > a, c.grad(), half));
  }
};

struct Minimum : IntegerBinaryOp<kernels::Binary::minimum> {
  static constexpr OpInfo info{.name = "minimum", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    const Var a = c.in(0), b = c.in(1), half = where(a == b, 0.5 * c.grad(), 0);
    if (c.wants(0)) c.give(0, where(a < b, c.grad(), half));
    if (c.wants(1)) c.give(1, where(b < a, c.grad(), half));
  }
};

struct Clip {
  static constexpr OpInfo info{.name = "clip", .saves = Saves::inputs};
  double low, high;
  void infer(Infer& i) const {
    if (!(low <= high)) i.arg_error("low <= high", std::to_string(low) + " and " + std::to_string(high));
    if (i.dtype(0) == DType::int64 && (low != std::trunc(low) || high != std::trunc(high)))
      i.dtype_error("whole bounds for int64", std::to_string(low) + " and " + std::to_string(high));
    i.result(i.shape(0), i.dtype(0));
  }
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    kernels::clip(k.size(), k.in(0), bound<T>(low), bound<T>(high), k.out());
  }
  void vjp(Vjp& c) const {
    const Var x = c.in(0);
    c.give(0, where(logical_and(x >= low, x <= high), c.grad(), 0));
  }
  std::string attributes() const { return std::to_string(low) + ", " + std::to_string(high); }

 private:
  template <class T>
  static T bound(double v) {
    if constexpr (std::is_integral_v<T>) {
      if (v >= 9.2e18) return std::numeric_limits<T>::max();
      if (v <= -9.2e18) return std::numeric_limits<T>::min();
    }
    return static_cast<T>(v);
  }
};

struct Logaddexp : BinaryOp<kernels::Binary::logaddexp> {
  static constexpr OpInfo info{.name = "logaddexp", .saves = Saves::inputs};
  void vjp(Vjp& c) const {  // two equal infinities have the difference 0, not NaN
    const Var a = c.in(0), b = c.in(1), d = where(logical_and(isinf(a), a == b), 0, a - b);
    if (c.wants(0)) c.give(0, c.grad() * sigmoid(d));
    if (c.wants(1)) c.give(1, c.grad() * sigmoid(neg(d)));
  }
};

struct Hypot : BinaryOp<kernels::Binary::hypot> {
  static constexpr OpInfo info{.name = "hypot", .saves = Saves::inputs | Saves::output};
  void vjp(Vjp& c) const {
    const Var y = c.out(), safe = where(y == 0, 1, y);  // 0 at the origin, at every order
    if (c.wants(0)) c.give(0, where(y == 0, 0, c.grad() * (c.in(0) / safe)));
    if (c.wants(1)) c.give(1, where(y == 0, 0, c.grad() * (c.in(1) / safe)));
  }
};

struct Atan2 : BinaryOp<kernels::Binary::atan2> {
  static constexpr OpInfo info{.name = "atan2", .saves = Saves::inputs};
  void vjp(Vjp& c) const {  // divided twice by the distance, whose square could overflow
    const Var a = c.in(0), b = c.in(1), r = hypot(a, b);
    if (c.wants(0)) c.give(0, absorb_multiply(c.grad(), b / r / r));
    if (c.wants(1)) c.give(1, neg(absorb_multiply(c.grad(), a / r / r)));
  }
};

struct Fmod : IntegerBinaryOp<kernels::Binary::fmod> {
  static constexpr OpInfo info{.name = "fmod", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    if (c.wants(1)) c.give(1, neg(c.grad() * trunc(c.in(0) / c.in(1))));
  }
};

}  // namespace

Var pow(Arg a, Arg b) { return record(Pow{}, a, b); }
Var pow(Arg a, double exponent) {
  if (exponent == 2) return square(std::move(a));
  if (exponent == 1) return operators::operator+(std::move(a));
  if (exponent == 0.5) return sqrt(std::move(a));
  if (exponent == -0.5) return rsqrt(std::move(a));
  if (exponent == -1) return reciprocal(std::move(a));
  const Loc loc = a.loc();
  return record(Pow{}, a, Arg(exponent, loc));
}
Var maximum(Arg a, Arg b) { return record(Maximum{}, a, b); }
Var minimum(Arg a, Arg b) { return record(Minimum{}, a, b); }
Var clip(Arg x, double low, double high) { return record(Clip{.low = low, .high = high}, x); }
Var clip(Arg x, Arg low, Arg high) { return minimum(maximum(std::move(x), std::move(low)), std::move(high)); }
Var logaddexp(Arg a, Arg b) { return record(Logaddexp{}, a, b); }
Var hypot(Arg a, Arg b) { return record(Hypot{}, a, b); }
Var atan2(Arg a, Arg b) { return record(Atan2{}, a, b); }
Var fmod(Arg a, Arg b) { return record(Fmod{}, a, b); }

}  // namespace xgrad
