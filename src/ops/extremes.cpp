// Powers, extremes, and functions of two operands with a geometry.

#include <cmath>

#include "core/number_text.hpp"
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
    if (c.wants(0)) c.give(0, absorb_multiply(c.grad(), absorb_multiply(b, pow(a, b - 1))));
    if (c.wants(1)) {
      const Var logarithm = log(where(logical_and(a == 0, b >= 0), 1, a));
      c.give(1, absorb_multiply(absorb_multiply(c.grad(), c.out()), logarithm));
    }
  }
};

/// The power to a plain number. A whole one counts down to 0 as it is differentiated, without a pole.
struct PowNumber {
  static constexpr OpInfo info{.name = "pow", .saves = Saves::inputs};
  double exponent;
  void infer(Infer& i) const {
    if (i.dtype(0) == DType::int64 && !(whole() && exponent < 63))
      i.dtype_error("float32 or float64, or a whole exponent from 0 to 62",
                    i.signatures() + " to the power " + attributes());
    i.result(i.shape(0), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    using kernels::Unary;
    const auto as = [&](Unary f) { kernels::unary(f, k.size(), k.in(0), k.out()); };
    if (exponent == 2) return as(Unary::square);
    if (exponent == -1) return as(Unary::reciprocal);
    if (exponent == 0.5) return as(Unary::sqrt);
    if (exponent == -0.5) return as(Unary::rsqrt);
    if (whole() && exponent < 4) return repeat(k);
    const T number = static_cast<T>(exponent);
    kernels::binary(kernels::Binary::pow, k.size(), k.in(0), 1, &number, 0, k.out());
  }
  void forward(Kernel<std::int64_t>& k) const { repeat(k); }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (exponent != 2) return false;
    if (!k.wants(0)) return true;
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::unary_vjp<T>(kernels::Unary::square, k.size(), g, k.in(0), nullptr, to.data, to.add);
    return true;
  }
  void vjp(Vjp& c) const {
    if (exponent == 0) return c.give(0, zeros(c.in_shape(0), c.in_dtype(0)));
    if (exponent == 1) return c.give(0, c.grad());
    const Var slope = exponent * pow(c.in(0), exponent - 1);
    c.give(0, whole() ? c.grad() * slope : absorb_multiply(c.grad(), slope));
  }
  std::string attributes() const { return detail::number_text(exponent); }

 private:
  bool whole() const { return exponent >= 0 && exponent == std::trunc(exponent); }
  /// By products, for a few.
  template <class T>
  void repeat(Kernel<T>& k) const {
    if (exponent == 0) return kernels::fill(k.size(), T(1), k.out());
    kernels::copy(k.size(), k.in(0), k.out());
    for (int i = 1; i < static_cast<int>(exponent); ++i)
      kernels::binary(kernels::Binary::mul, k.size(), k.out(), 1, k.in(0), 1, k.out());
  }
};

/// maximum and minimum: which operand wins.
template <kernels::Binary function>
struct Extremum : IntegerBinaryOp<function> {
  static constexpr bool largest = function == kernels::Binary::maximum;
  /// A few numbers at once; more go through the kernels below.
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    constexpr std::int64_t few = 16;
    if (k.size() > few || k.shape(0) != k.out_shape() || k.shape(1) != k.out_shape()) return false;
    const T* g = k.grad();
    for (int i = 0; i < 2; ++i) {
      if (!k.wants(i)) continue;
      const T *x = k.in(i), *other = k.in(1 - i);
      const auto to = k.target(i);
      for (std::int64_t e = 0; e < k.size(); ++e) {
        const bool wins = largest ? x[e] > other[e] : x[e] < other[e];
        const T share = wins ? g[e] : x[e] == other[e] ? T(0.5) * g[e] : T(0);
        to.data[e] = to.add ? to.data[e] + share : share;
      }
    }
    return true;
  }
  void vjp(Vjp& c) const {
    const Var a = c.in(0), b = c.in(1), half = where(a == b, 0.5 * c.grad(), 0);
    if (c.wants(0)) c.give(0, where(largest ? a > b : a < b, c.grad(), half));
    if (c.wants(1)) c.give(1, where(largest ? b > a : b < a, c.grad(), half));
  }
};
struct Maximum : Extremum<kernels::Binary::maximum> {
  static constexpr OpInfo info{.name = "maximum", .saves = Saves::inputs};
};
struct Minimum : Extremum<kernels::Binary::minimum> {
  static constexpr OpInfo info{.name = "minimum", .saves = Saves::inputs};
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
  std::string attributes() const { return detail::number_text(low) + ", " + detail::number_text(high); }

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

/// clip with bounds that broadcast.
struct ClipBetween {
  static constexpr OpInfo info{.name = "clip"};
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    const auto to = k.out_shape().extents();
    kernels::broadcast_copy(k.shape(0).extents(), to, k.in(0), k.out());
    kernels::binary_broadcast(kernels::Binary::maximum, to, k.shape(1).extents(), k.out(), k.in(1), k.out());
    kernels::binary_broadcast(kernels::Binary::minimum, to, k.shape(2).extents(), k.out(), k.in(2), k.out());
  }
  Var decompose(std::span<const Var> in) const { return minimum(maximum(in[0], in[1]), in[2]); }
};

struct Logaddexp : BinaryOp<kernels::Binary::logaddexp> {
  static constexpr OpInfo info{.name = "logaddexp", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    // Two equal infinities have the difference 0, not NaN; and nothing passes where both operands are masked out.
    const Var a = c.in(0), b = c.in(1), same = logical_and(isinf(a), a == b), none = logical_and(same, a < 0);
    const Var d = where(same, 0, a - b);
    if (c.wants(0)) c.give(0, where(none, 0, c.grad() * sigmoid(d)));
    if (c.wants(1)) c.give(1, where(none, 0, c.grad() * sigmoid(neg(d))));
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
    const Var a = c.in(0), b = c.in(1), distance = hypot(a, b), r = where(distance == 0, 1, distance);
    if (c.wants(0)) c.give(0, absorb_multiply(c.grad(), b / r / r));
    if (c.wants(1)) c.give(1, neg(absorb_multiply(c.grad(), a / r / r)));
  }
};

struct Fmod : IntegerBinaryOp<kernels::Binary::fmod> {
  static constexpr OpInfo info{.name = "fmod", .saves = Saves::inputs | Saves::output};
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    // The whole quotient: a / b itself may be rounded up to the next one.
    if (c.wants(1)) c.give(1, neg(c.grad() * round((c.in(0) - c.out()) / c.in(1))));
  }
};

}  // namespace

Var pow(Arg a, Arg b) { return record(Pow{}, a, b); }
Var pow(Arg a, double exponent) { return record(PowNumber{exponent}, a); }
Var maximum(Arg a, Arg b) { return record(Maximum{}, a, b); }
Var minimum(Arg a, Arg b) { return record(Minimum{}, a, b); }
Var clip(Arg x, double low, double high) { return record(Clip{.low = low, .high = high}, x); }
Var clip(Arg x, Arg low, Arg high) { return record(ClipBetween{}, x, low, high); }
Var logaddexp(Arg a, Arg b) { return record(Logaddexp{}, a, b); }
Var hypot(Arg a, Arg b) { return record(Hypot{}, a, b); }
Var atan2(Arg a, Arg b) { return record(Atan2{}, a, b); }
Var fmod(Arg a, Arg b) { return record(Fmod{}, a, b); }

}  // namespace xgrad
