#pragma once
// NumPy's legacy generator, RandomState(seed), as far as shuffling needs it: the orders in which Keras hands out its
// data sets, to the last row. (std::shuffle and std::uniform_int_distribution give other orders on each
// implementation.) Source: numpy/random/src/mt19937/mt19937.c and numpy/random/mtrand.pyx.

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace xgrad::detail {

class RandomState {
 public:
  /// The Mersenne twister seeded with one number, which is std::mt19937's own seeding.
  explicit RandomState(std::uint32_t seed) : twister_(seed) {}

  /// Uniform over 0 … max. Consumes nothing for 0, and draws again rather than fold what is too large: the numbers that
  /// remain in the generator are NumPy's.
  std::uint64_t interval(std::uint64_t max);
  /// Fisher and Yates's shuffle from the back, in place.
  void shuffle(std::span<std::int64_t> values);
  /// 0 … n − 1, shuffled.
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  std::uint64_t next32() { return twister_(); }

  std::mt19937 twister_;
};

}  // namespace xgrad::detail
