#include "kernels/elementwise.hpp"

#include <cstring>
#include <type_traits>

#include "kernels/elementwise_tables.hpp"
#include "kernels/parallel.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;
using Byte = std::uint8_t;

template <class E>
constexpr int index(E e) {
  return static_cast<int>(e);
}

I64 grain_of(Unary f) {
  switch (f) {
    case Unary::neg:
    case Unary::abs:
    case Unary::sign:
    case Unary::square:
    case Unary::sqrt:
    case Unary::rsqrt:
    case Unary::reciprocal:
    case Unary::floor:
    case Unary::ceil:
    case Unary::round:
    case Unary::trunc:
    case Unary::relu:
    case Unary::relu6:
    case Unary::softsign:
    case Unary::hard_sigmoid:
    case Unary::hard_silu:
    case Unary::hard_tanh:
    case Unary::sparse_plus:
    case Unary::sparse_sigmoid:
      return kCheapGrain;
    case Unary::cbrt:
    case Unary::log10:
    case Unary::tan:
    case Unary::asin:
    case Unary::acos:
    case Unary::atan:
    case Unary::sinh:
    case Unary::cosh:
    case Unary::asinh:
    case Unary::acosh:
    case Unary::atanh:
    case Unary::lgamma:
    case Unary::digamma:
    case Unary::trigamma:
      return kLibmGrain;
    default:
      return kCostlyGrain;
  }
}

I64 grain_of(Binary f) {
  switch (f) {
    case Binary::pow:
    case Binary::hypot:
    case Binary::atan2:
    case Binary::fmod:
      return kLibmGrain;
    case Binary::logaddexp:
      return kCostlyGrain;
    default:
      return kCheapGrain;
  }
}

/// The integer functions need no table: each is one plain loop.
void unary_int(Unary f, I64 n, const I64* x, I64* y) {
  using U = std::uint64_t;
  switch (f) {
    case Unary::neg:
      for (I64 i = 0; i < n; ++i) y[i] = static_cast<I64>(U{0} - static_cast<U>(x[i]));
      break;
    case Unary::abs:
      for (I64 i = 0; i < n; ++i) y[i] = x[i] < 0 ? static_cast<I64>(U{0} - static_cast<U>(x[i])) : x[i];
      break;
    case Unary::sign:
      for (I64 i = 0; i < n; ++i) y[i] = (x[i] > 0) - (x[i] < 0);
      break;
    case Unary::square:
      for (I64 i = 0; i < n; ++i) y[i] = static_cast<I64>(static_cast<U>(x[i]) * static_cast<U>(x[i]));
      break;
    default:
      break;  // the caller checks the type
  }
}

}  // namespace

template <class T>
void unary(Unary f, I64 n, const T* x, T* y) {
  if constexpr (std::is_same_v<T, I64>) {
    split(n, kCheapGrain, [=](I64 begin, I64 end) { unary_int(f, end - begin, x + begin, y + begin); });
  } else {
    const UnaryFn<T> fn = table<UnaryTable<T>>().unary[index(f)];
    split(n, grain_of(f), [=](I64 begin, I64 end) { fn(end - begin, x + begin, y + begin); });
  }
}

template <class T>
void unary_p(UnaryP f, I64 n, const T* x, T alpha, T* y) {
  const UnaryPFn<T> fn = table<UnaryTable<T>>().unary_p[index(f)];
  split(n, kCostlyGrain, [=](I64 begin, I64 end) { fn(end - begin, x + begin, alpha, y + begin); });
}

VjpReads unary_vjp_reads(Unary f) noexcept {
  return baseline::table<VjpTable<float>>().reads[index(f)];  // the same in every table
}

template <class T>
void unary_vjp(Unary f, I64 n, const T* g, const T* x, const T* y, T* dx, bool add) {
  const VjpTable<T>& t = table<VjpTable<T>>();
  const VjpFn<T> fn = t.vjp[index(f)];
  const bool with_x = t.reads[index(f)].x, with_y = t.reads[index(f)].y;
  split(n, grain_of(f), [=](I64 begin, I64 end) {
    fn(end - begin, g + begin, with_x ? x + begin : nullptr, with_y ? y + begin : nullptr, dx + begin, add);
  });
}

template <class T>
void unary_p_vjp(UnaryP f, I64 n, const T* g, const T* x, T alpha, T* dx, bool add) {
  const auto fn = table<VjpTable<T>>().vjp_p[index(f)];
  split(n, kCostlyGrain, [=](I64 begin, I64 end) { fn(end - begin, g + begin, x + begin, alpha, dx + begin, add); });
}

template <class T>
void multiply_add(I64 n, const T* a, const T* b, T* y) {
  const auto fn = table<VjpTable<T>>().multiply_add;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, a + begin, b + begin, y + begin); });
}

template <class T>
void binary(Binary f, I64 n, const T* a, I64 sa, const T* b, I64 sb, T* y) {
  const BinaryFn<T> fn = table<BinaryTable<T>>().binary[index(f)];
  split(n, grain_of(f),
        [=](I64 begin, I64 end) { fn(end - begin, a + begin * sa, sa, b + begin * sb, sb, y + begin); });
}

template <class T>
void compare(Compare f, I64 n, const T* a, I64 sa, const T* b, I64 sb, Byte* y) {
  const CompareFn<T> fn = table<MaskTable<T>>().compare[index(f)];
  split(n, kCheapGrain,
        [=](I64 begin, I64 end) { fn(end - begin, a + begin * sa, sa, b + begin * sb, sb, y + begin); });
}

void logical(Logical f, I64 n, const Byte* a, I64 sa, const Byte* b, I64 sb, Byte* y) {
  const CompareFn<Byte> fn = table<LogicalTable>().logical[index(f)];
  split(n, kCheapGrain,
        [=](I64 begin, I64 end) { fn(end - begin, a + begin * sa, sa, b + begin * sb, sb, y + begin); });
}

void logical_not(I64 n, const Byte* x, Byte* y) {
  const UnaryFn<Byte> fn = table<LogicalTable>().logical_not;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, x + begin, y + begin); });
}

template <class T>
void classify(Classify f, I64 n, const T* x, Byte* y) {
  const auto fn = table<MaskTable<T>>().classify[index(f)];
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, x + begin, y + begin); });
}

template <class T>
void where(I64 n, const Byte* c, I64 sc, const T* a, I64 sa, const T* b, I64 sb, T* y) {
  const auto fn = table<MaskTable<T>>().where;
  split(n, kCheapGrain, [=](I64 begin, I64 end) {
    fn(end - begin, c + begin * sc, sc, a + begin * sa, sa, b + begin * sb, sb, y + begin);
  });
}

template <class T>
void clip(I64 n, const T* x, T lo, T hi, T* y) {
  const auto fn = table<BinaryTable<T>>().clip;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, x + begin, lo, hi, y + begin); });
}

template <class T>
void fill(I64 n, T value, T* y) {
  const auto fn = table<MaskTable<T>>().fill;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, value, y + begin); });
}

template <class T>
void copy(I64 n, const T* x, T* y) {
  if (x == y) return;
  split(n, kCheapGrain, [=](I64 begin, I64 end) {
    std::memcpy(y + begin, x + begin, static_cast<std::size_t>(end - begin) * sizeof(T));
  });
}

template <class T>
void axpy(I64 n, T alpha, const T* x, T* y) {
  const auto fn = table<BinaryTable<T>>().axpy;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, alpha, x + begin, y + begin); });
}

template <class T>
void scale(I64 n, T alpha, const T* x, T* y) {
  const auto fn = table<BinaryTable<T>>().scale;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, alpha, x + begin, y + begin); });
}

template <class From, class To>
void cast(I64 n, const From* x, To* y) {
  if constexpr (std::is_same_v<From, To>) {
    copy(n, x, y);
  } else {
    const MaskTable<From>& t = table<MaskTable<From>>();
    void (*fn)(I64, const From*, To*);
    if constexpr (std::is_same_v<To, float>) fn = t.to_float;
    if constexpr (std::is_same_v<To, double>) fn = t.to_double;
    if constexpr (std::is_same_v<To, I64>) fn = t.to_int64;
    if constexpr (std::is_same_v<To, Byte>) fn = t.to_uint8;
    split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, x + begin, y + begin); });
  }
}

template <class From>
void cast_bool(I64 n, const From* x, Byte* y) {
  const auto fn = table<MaskTable<From>>().to_bool;
  split(n, kCheapGrain, [=](I64 begin, I64 end) { fn(end - begin, x + begin, y + begin); });
}

template void unary(Unary, I64, const float*, float*);
template void unary(Unary, I64, const double*, double*);
template void unary(Unary, I64, const I64*, I64*);
template void unary_p(UnaryP, I64, const float*, float, float*);
template void unary_p(UnaryP, I64, const double*, double, double*);
template void unary_vjp(Unary, I64, const float*, const float*, const float*, float*, bool);
template void unary_vjp(Unary, I64, const double*, const double*, const double*, double*, bool);
template void multiply_add(I64, const float*, const float*, float*);
template void multiply_add(I64, const double*, const double*, double*);
template void unary_p_vjp(UnaryP, I64, const float*, const float*, float, float*, bool);
template void unary_p_vjp(UnaryP, I64, const double*, const double*, double, double*, bool);
template void binary(Binary, I64, const float*, I64, const float*, I64, float*);
template void binary(Binary, I64, const double*, I64, const double*, I64, double*);
template void binary(Binary, I64, const I64*, I64, const I64*, I64, I64*);
template void compare(Compare, I64, const float*, I64, const float*, I64, Byte*);
template void compare(Compare, I64, const double*, I64, const double*, I64, Byte*);
template void compare(Compare, I64, const I64*, I64, const I64*, I64, Byte*);
template void compare(Compare, I64, const Byte*, I64, const Byte*, I64, Byte*);
template void classify(Classify, I64, const float*, Byte*);
template void classify(Classify, I64, const double*, Byte*);
template void where(I64, const Byte*, I64, const float*, I64, const float*, I64, float*);
template void where(I64, const Byte*, I64, const double*, I64, const double*, I64, double*);
template void where(I64, const Byte*, I64, const I64*, I64, const I64*, I64, I64*);
template void where(I64, const Byte*, I64, const Byte*, I64, const Byte*, I64, Byte*);
template void clip(I64, const float*, float, float, float*);
template void clip(I64, const double*, double, double, double*);
template void clip(I64, const I64*, I64, I64, I64*);
template void fill(I64, float, float*);
template void fill(I64, double, double*);
template void fill(I64, I64, I64*);
template void fill(I64, Byte, Byte*);
template void copy(I64, const float*, float*);
template void copy(I64, const double*, double*);
template void copy(I64, const I64*, I64*);
template void copy(I64, const Byte*, Byte*);
template void axpy(I64, float, const float*, float*);
template void axpy(I64, double, const double*, double*);
template void scale(I64, float, const float*, float*);
template void scale(I64, double, const double*, double*);
template void cast(I64, const float*, float*);
template void cast(I64, const float*, double*);
template void cast(I64, const float*, I64*);
template void cast(I64, const float*, Byte*);
template void cast(I64, const double*, float*);
template void cast(I64, const double*, double*);
template void cast(I64, const double*, I64*);
template void cast(I64, const double*, Byte*);
template void cast(I64, const I64*, float*);
template void cast(I64, const I64*, double*);
template void cast(I64, const I64*, I64*);
template void cast(I64, const I64*, Byte*);
template void cast(I64, const Byte*, float*);
template void cast(I64, const Byte*, double*);
template void cast(I64, const Byte*, I64*);
template void cast(I64, const Byte*, Byte*);
template void cast_bool(I64, const float*, Byte*);
template void cast_bool(I64, const double*, Byte*);
template void cast_bool(I64, const I64*, Byte*);
template void cast_bool(I64, const Byte*, Byte*);

}  // namespace xgrad::kernels
