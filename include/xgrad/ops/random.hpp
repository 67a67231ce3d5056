#pragma once
/// \file Random numbers, and dropout.
///
/// The generator is Philox4x32-10, counter-based: element i of the n-th draw is a function of (seed, n, i) alone. So a
/// draw does not depend on the number of threads, and a replay (a checkpoint, a backward pass) makes it again instead
/// of keeping it. Each thread counts its own draws.
/// Source: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".

#include <cstdint>

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// Starts this thread's sequence of draws anew: the same seed gives the same numbers. At first the seed is 0.
void set_seed(std::uint64_t seed) noexcept;

namespace random {

/// Numbers spread evenly over [low, high). @param dtype float32 or float64
/// @throws ArgError unless low ≤ high, both finite; DTypeError; ShapeError for a negative extent
Array uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = DType::float32,
              Loc loc = Loc::current());
/// Normally distributed numbers. @throws ArgError for a negative stddev; DTypeError; ShapeError
Array normal(const Shape& shape, double mean = 0, double stddev = 1, DType dtype = DType::float32,
             Loc loc = Loc::current());
/// Normally distributed numbers, none further than two stddev from the mean (drawn again until they are not).
Array truncated_normal(const Shape& shape, double mean = 0, double stddev = 1, DType dtype = DType::float32,
                       Loc loc = Loc::current());
/// bool: each true with probability p. @throws ArgError unless 0 ≤ p ≤ 1
Array bernoulli(const Shape& shape, double p = 0.5, Loc loc = Loc::current());
/// int64 from [low, high), without bias. @throws ArgError unless low < high
Array integers(const Shape& shape, std::int64_t low, std::int64_t high, Loc loc = Loc::current());
/// int64 [n]: the numbers 0 … n−1 in random order. @throws ArgError for negative n
Array permutation(std::int64_t n, Loc loc = Loc::current());

}  // namespace random

/// While training (see `Training`): each element is 0 with probability `rate`, and the others are divided by 1 − rate,
/// so that the mean stays. Otherwise, and for rate 0, x itself.
///
/// Gradient: x̄ = ȳ under the same mask. The mask is never kept: forward, backward and replays draw it again from the
/// key that the op holds.
/// @param x float @param rate from 0 to 1 (1 gives zeros) @throws ArgError, DTypeError
Var dropout(Arg x, double rate);

template <ArrayOrXt A>
Array dropout(const A& x, double rate, Loc loc = Loc::current()) {
  return dropout(Arg(x, loc), rate).value();
}

}  // namespace xgrad
