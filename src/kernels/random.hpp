#pragma once
// Random numbers without state: number i of a stream is a function of (seed, stream, i) alone, whatever the threads,
// the instruction set, or how a fill was cut up.
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox4x32-10).

#include <array>
#include <cstdint>

namespace xgrad::kernels {

using PhiloxBlock = std::array<std::uint32_t, 4>;

/// Philox4x32-10: four random words from a counter and a key.
inline PhiloxBlock philox(std::array<std::uint32_t, 2> key, PhiloxBlock counter) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p = std::uint64_t{0xD2511F53} * counter[0], q = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(q >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(q),
               static_cast<std::uint32_t>(p >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p)};
    key[0] += 0x9E3779B9;  // the golden ratio
    key[1] += 0xBB67AE85;  // √3 − 1
  }
  return counter;
}

/// Which numbers: a seed, a stream of it (one per use: a layer, a step), and the first element's place in the stream.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  std::int64_t offset = 0;
};

/// y uniform in [0, 1): multiples of 2⁻²⁴ (float) or 2⁻⁵³ (double). T = float, double throughout.
template <class T>
void random_uniform(const RandomKey& key, std::int64_t n, T* y);

/// y normal with mean 0 and variance 1, by inverting the distribution function (Wichura 1988, AS 241). |y| < 6.4 for
/// float, 8.3 for double.
template <class T>
void random_normal(const RandomKey& key, std::int64_t n, T* y);

/// y normal with mean 0 and variance 1 before what lies beyond ±2 was cut off; by the same inversion.
template <class T>
void random_truncated_normal(const RandomKey& key, std::int64_t n, T* y);

/// y = 1 with probability p (to 2⁻³²; exactly never for p ≤ 0 and always for p ≥ 1), else 0.
void random_bernoulli(const RandomKey& key, std::int64_t n, double p, std::uint8_t* y);

/// y = scale x with probability p, else 0: dropout and, with the same key, its derivative. In place or not.
template <class T>
void random_mask(const RandomKey& key, std::int64_t n, double p, T scale, const T* x, T* y);

/// y uniform in [low, high), without bias. For low ≥ high nothing is written.
void random_integers(const RandomKey& key, std::int64_t n, std::int64_t low, std::int64_t high, std::int64_t* y);

/// y a random order of 0 … n − 1, every one equally likely (Fisher and Yates 1938; Durstenfeld 1964).
void random_permutation(const RandomKey& key, std::int64_t n, std::int64_t* y);

}  // namespace xgrad::kernels
