#include "kernels/random.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "kernels/isa.hpp"
#include "kernels/random_tables.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
__extension__ using U128 = unsigned __int128;

/// Calls use(i, word) for i in [0, n), where `word` points to the `per` random words of element i.
template <int per, class Use>
void for_each_draw(const RandomKey& key, I64 n, I64 grain, Use use) {
  static_assert(4 % per == 0);
  const auto philox_blocks = table<RandomTable>().philox_blocks;
  parallel_for(n, grain, [&](I64 begin, I64 end) {
    constexpr I64 per_block = 4 / per, at_once = 128;
    U32 words[4 * at_once];
    while (begin < end) {
      const U64 place = static_cast<U64>(key.offset) + static_cast<U64>(begin);
      const I64 skip = static_cast<I64>(place % per_block);
      const I64 count = std::min(end - begin, at_once * per_block - skip);
      philox_blocks(key.seed, key.stream, place / per_block, (skip + count + per_block - 1) / per_block, words);
      const U32* word = words + skip * per;
      for (I64 i = 0; i < count; ++i) use(begin + i, word + i * per);
      begin += count;
    }
  });
}

/// A number in [0, 1).
template <class T>
T unit(const U32* word) {
  if constexpr (std::is_same_v<T, float>) {
    return static_cast<float>(word[0] >> 8) * 0x1p-24f;
  } else {
    return static_cast<double>((U64{word[0]} << 32 | word[1]) >> 11) * 0x1p-53;
  }
}
/// A number in (−1/2, 1/2), symmetric, exact.
template <class T>
double centred(const U32* word) {
  if constexpr (std::is_same_v<T, float>) {
    return (static_cast<double>(word[0]) - 0x1p31 + 0.5) * 0x1p-32;
  } else {
    return (static_cast<double>((U64{word[0]} << 32 | word[1]) >> 11) - 0x1p52 + 0.5) * 0x1p-53;
  }
}
template <class T>
constexpr int words_of = static_cast<int>(sizeof(T) / sizeof(U32));

/// Logarithm of a positive normal number: like the rest of this file free of fused operations and of the C library, so
/// that draws are the same on every machine.
double logarithm(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1), square = s * s;  // log m = 2 artanh s
  double sum = 0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * 0.69314718055994530942 + 2 * s * sum;
}

double ratio(const double (&p)[8], const double (&q)[8], double x) {
  double top = p[7], bottom = q[7];
  for (int i = 6; i >= 0; --i) {
    top = top * x + p[i];
    bottom = bottom * x + q[i];
  }
  return top / bottom;
}

/// The normal quantile of 1/2 + q, to about 1e-16. Wichura 1988, algorithm AS 241, PPND16: rational approximations in
/// the middle, in the tails and far out.
double quantile(double q) {
  constexpr double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                           1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                           3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double b[8] = {1.0,
                           4.2313330701600911252e+1,
                           6.8718700749205790830e+2,
                           5.3941960214247511077e+3,
                           2.1213794301586595867e+4,
                           3.9307895800092710610e+4,
                           2.8729085735721942674e+4,
                           5.2264952788528545610e+3};
  constexpr double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                           3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                           2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[8] = {1.0,
                           2.05319162663775882187e0,
                           1.67638483018380384940e0,
                           6.89767334985100004550e-1,
                           1.48103976427480074590e-1,
                           1.51986665636164571966e-2,
                           5.47593808499534494600e-4,
                           1.05075007164441684324e-9};
  constexpr double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                           2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                           2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[8] = {1.0,
                           5.99832206555887937690e-1,
                           1.36929880922735805310e-1,
                           1.48753612908506148525e-2,
                           7.86869131145613259100e-4,
                           1.84631831751005468180e-5,
                           1.42151175831644588870e-7,
                           2.04426310338993978564e-15};
  const double size = std::abs(q);
  if (size <= 0.425) return q * ratio(a, b, 0.180625 - q * q);
  const double r = std::sqrt(-logarithm(0.5 - size));
  const double y = r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5);
  return q < 0 ? -y : y;
}

/// The words below this are those that come with probability p.
U64 threshold(double p) { return p > 0 ? static_cast<U64>(std::min(p, 1.0) * 0x1p32) : 0; }

/// Number `place` of the stream as an integer in [0, range), without bias: multiply and shift, and draw again in the
/// rare case that a value would come too often (Lemire 2019). A range of 0 stands for 2⁶⁴.
U64 below(const RandomKey& key, U64 place, U64 range) {
  const auto half = [](U64 x, int i) { return static_cast<U32>(x >> (32 * i)); };
  PhiloxBlock block = philox({half(key.seed, 0), half(key.seed, 1)},
                             {half(place, 0), half(place, 1), half(key.stream, 0), half(key.stream, 1)});
  if (range == 0) return U64{block[0]} << 32 | block[1];
  const U64 surplus = (0 - range) % range;
  for (;;) {
    for (int i = 0; i < 4; i += 2) {
      const std::size_t first = static_cast<std::size_t>(i);
      const U128 product = U128{U64{block[first]} << 32 | block[first + 1]} * range;
      if (static_cast<U64>(product) >= surplus) return static_cast<U64>(product >> 64);
    }
    block = philox({half(key.seed, 0), half(key.seed, 1)}, block);
  }
}

constexpr I64 kGrain = 16 * 1024, kNormalGrain = 2 * 1024;

}  // namespace

template <class T>
void random_uniform(const RandomKey& key, I64 n, T* y) {
  for_each_draw<words_of<T>>(key, n, kGrain, [=](I64 i, const U32* word) { y[i] = unit<T>(word); });
}

template <class T>
void random_normal(const RandomKey& key, I64 n, T* y) {
  for_each_draw<words_of<T>>(key, n, kNormalGrain,
                             [=](I64 i, const U32* word) { y[i] = static_cast<T>(quantile(centred<T>(word))); });
}

template <class T>
void random_truncated_normal(const RandomKey& key, I64 n, T* y) {
  constexpr double within = 0.95449973610364158560;  // Φ(2) − Φ(−2)
  for_each_draw<words_of<T>>(key, n, kNormalGrain, [=](I64 i, const U32* word) {
    y[i] = static_cast<T>(std::clamp(quantile(centred<T>(word) * within), -2.0, 2.0));
  });
}

void random_bernoulli(const RandomKey& key, I64 n, double p, std::uint8_t* y) {
  const U64 limit = threshold(p);
  for_each_draw<1>(key, n, kGrain, [=](I64 i, const U32* word) { y[i] = *word < limit; });
}

template <class T>
void random_mask(const RandomKey& key, I64 n, double p, T scale, const T* x, T* y) {
  const U64 limit = threshold(p);
  for_each_draw<1>(key, n, kGrain, [=](I64 i, const U32* word) { y[i] = *word < limit ? scale * x[i] : T(0); });
}

void random_integers(const RandomKey& key, I64 n, I64 low, I64 high, I64* y) {
  if (low >= high) return;
  const U64 range = static_cast<U64>(high) - static_cast<U64>(low);
  parallel_for(n, kNormalGrain, [&](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) {
      const U64 draw = below(key, static_cast<U64>(key.offset) + static_cast<U64>(i), range);
      y[i] = static_cast<I64>(static_cast<U64>(low) + draw);
    }
  });
}

void random_permutation(const RandomKey& key, I64 n, I64* y) {
  for (I64 i = 0; i < n; ++i) y[i] = i;
  for (I64 i = n - 1; i > 0; --i) {
    const U64 j = below(key, static_cast<U64>(key.offset) + static_cast<U64>(i), static_cast<U64>(i) + 1);
    std::swap(y[i], y[static_cast<I64>(j)]);
  }
}

template void random_uniform(const RandomKey&, I64, float*);
template void random_uniform(const RandomKey&, I64, double*);
template void random_normal(const RandomKey&, I64, float*);
template void random_normal(const RandomKey&, I64, double*);
template void random_truncated_normal(const RandomKey&, I64, float*);
template void random_truncated_normal(const RandomKey&, I64, double*);
template void random_mask(const RandomKey&, I64, double, float, const float*, float*);
template void random_mask(const RandomKey&, I64, double, double, const double*, double*);

}  // namespace xgrad::kernels
