#pragma once
// Elementwise kernels on contiguous memory. `y` may be exactly an operand, never overlap one otherwise. Results do not
// depend on the number of threads. Edges (signed zeros, denormals, infinities, NaN) are those of libm.

#include <cstdint>

namespace xgrad::kernels {

/// y = f(x). Activations that name no parameter have Keras 3's definition.
enum class Unary : std::uint8_t {
  neg,
  abs,
  sign,
  square,
  sqrt,
  rsqrt,
  cbrt,
  reciprocal,
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  lgamma,
  digamma,
  trigamma,
  floor,
  ceil,
  round,
  trunc,  // round: half to even
  sigmoid,
  log_sigmoid,
  softplus,
  relu,
  relu6,      // min(max(x, 0), 6)
  gelu,       // x Phi(x), by erf
  gelu_tanh,  // its tanh approximation
  silu,
  mish,
  softsign,
  hard_sigmoid,    // min(max(x + 3, 0), 6) / 6
  hard_silu,       // x hard_sigmoid(x)
  hard_tanh,       // min(max(x, -1), 1)
  tanh_shrink,     // x - tanh x
  sparse_plus,     // 0, ((x + 1) / 2)^2 or x, with -1 and 1 between
  sparse_sigmoid,  // min(max((x + 1) / 2, 0), 1), the slope of sparse_plus
  count
};

/// y = f(x; alpha).
enum class UnaryP : std::uint8_t {
  leaky_relu,   // x > 0 ? x : alpha x
  elu,          // x > 0 ? x : alpha (e^x - 1)
  celu,         // x > 0 ? x : alpha (e^(x / alpha) - 1)
  hard_shrink,  // |x| > alpha ? x : 0
  soft_shrink,  // |x| > alpha ? x - alpha sign x : 0
  squareplus,   // (x + sqrt(x^2 + alpha)) / 2
  count
};

/// y = f(a, b).
enum class Binary : std::uint8_t {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,  // NaN if either is
  hypot,
  atan2,
  fmod,  // C's: the sign of a; for integers 0 where b is 0
  logaddexp,
  absorb_mul,  // a b, but 0 where a is 0, even if b is infinite or NaN
  count
};

enum class Compare : std::uint8_t { eq, ne, lt, le, gt, ge, count };
enum class Logical : std::uint8_t { logical_and, logical_or, logical_xor, count };
enum class Classify : std::uint8_t { is_nan, is_inf, is_finite, count };

/// y = f(x). T: float, double; int64_t for neg, abs, sign and square.
template <class T>
void unary(Unary f, std::int64_t n, const T* x, T* y);
template <class T>
void unary_p(UnaryP f, std::int64_t n, const T* x, T alpha, T* y);

/// Whether `unary_vjp` knows f, and which of x and y it reads (the other may be null).
struct VjpReads {
  bool known = false, x = false, y = false;
};
VjpReads unary_vjp_reads(Unary f) noexcept;
inline bool has_unary_vjp(Unary f) noexcept { return unary_vjp_reads(f).known; }

/// dx = g f'(x), or dx += where `add`. Where f' has a pole, a g of 0 gives 0. T: float, double. dx may be g.
template <class T>
void unary_vjp(Unary f, std::int64_t n, const T* g, const T* x, const T* y, T* dx, bool add);
/// The same for f(x; alpha); reads x alone.
template <class T>
void unary_p_vjp(UnaryP f, std::int64_t n, const T* g, const T* x, T alpha, T* dx, bool add);

/// y[i] = f(a[i sa], b[i sb]), strides 0 (one value for all) or 1. T: float, double; int64_t for all but div, pow,
/// hypot, atan2, logaddexp (its sums and products wrap).
template <class T>
void binary(Binary f, std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y);

/// y[i] = f(a[i sa], b[i sb]) as 0 or 1. T: float, double, int64_t, uint8_t.
template <class T>
void compare(Compare f, std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, std::uint8_t* y);
/// On bytes that are 0 or 1.
void logical(Logical f, std::int64_t n, const std::uint8_t* a, std::int64_t sa, const std::uint8_t* b, std::int64_t sb,
             std::uint8_t* y);
void logical_not(std::int64_t n, const std::uint8_t* x, std::uint8_t* y);
/// T: float, double.
template <class T>
void classify(Classify f, std::int64_t n, const T* x, std::uint8_t* y);

/// y[i] = c[i sc] ? a[i sa] : b[i sb]. T: float, double, int64_t, uint8_t.
template <class T>
void where(std::int64_t n, const std::uint8_t* c, std::int64_t sc, const T* a, std::int64_t sa, const T* b,
           std::int64_t sb, T* y);

/// y = min(max(x, lo), hi); NaN stays. T: float, double, int64_t.
template <class T>
void clip(std::int64_t n, const T* x, T lo, T hi, T* y);

/// y = value. T: float, double, int64_t, uint8_t.
template <class T>
void fill(std::int64_t n, T value, T* y);
/// y = x, byte for byte.
template <class T>
void copy(std::int64_t n, const T* x, T* y);
/// y += alpha x. T: float, double.
template <class T>
void axpy(std::int64_t n, T alpha, const T* x, T* y);
/// y += a b. T: float, double.
template <class T>
void multiply_add(std::int64_t n, const T* a, const T* b, T* y);
/// y = alpha x. T: float, double.
template <class T>
void scale(std::int64_t n, T alpha, const T* x, T* y);
/// y += x. T: float, double, int64_t.
template <class T>
void add_into(std::int64_t n, const T* x, T* y) {
  binary(Binary::add, n, y, 1, x, 1, y);
}

/// Converts. To int64 and uint8 towards zero; what does not fit int64 (NaN included) becomes its smallest value, uint8
/// keeps the low byte of that. From and To: float, double, int64_t, uint8_t.
template <class From, class To>
void cast(std::int64_t n, const From* x, To* y);
/// y = x is not 0 (NaN is not), as 0 or 1.
template <class From>
void cast_bool(std::int64_t n, const From* x, std::uint8_t* y);

}  // namespace xgrad::kernels
