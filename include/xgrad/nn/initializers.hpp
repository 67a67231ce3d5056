#pragma once
/// \file First values for parameters.
///
/// Each gives an Array of the shape, float32 unless another floating type is asked for, and depends on shape, seed and
/// dtype alone: not on threads, nor on what was drawn before.
///
/// fan_in and fan_out are the numbers of inputs and outputs that an element of the shape connects: for a matrix [a, b]
/// a and b; for a kernel [..., a, b] a·R and b·R with R the product of the axes before; for a vector [n] n and n; for a
/// scalar 1 and 1.

#include <cstdint>

#include "xgrad/core/array.hpp"

namespace xgrad {

namespace detail {
/// The numbers of inputs and outputs that an element of the shape connects.
struct Fans {
  double in = 1, out = 1;
};
Fans fans(const Shape& shape);
/// The standard deviation of N(0, 1) cut off at −2 and 2.
inline constexpr double truncated_stddev = 0.87962566103423978;
}  // namespace detail

/// Uniform over [−L, L), L = √(6 / (fan_in + fan_out)). For layers with tanh or sigmoid, and a good default.
/// @throws ShapeError for a negative extent; DTypeError for other than floats
/// Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
Array glorot_uniform(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32, Loc loc = Loc::current());
/// Truncated normal of standard deviation √(2 / (fan_in + fan_out)). Source: as above.
Array glorot_normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32, Loc loc = Loc::current());

/// Uniform over [−L, L), L = √(6 / fan_in). For layers with relu.
/// Source: He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers".
Array he_uniform(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32, Loc loc = Loc::current());
/// Truncated normal of standard deviation √(2 / fan_in). Source: as above.
Array he_normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32, Loc loc = Loc::current());

/// Uniform over [−L, L), L = √(3 / fan_in). For layers with selu.
/// Source: Klambauer, Unterthiner, Mayr and Hochreiter 2017, "Self-normalizing neural networks".
Array lecun_uniform(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32, Loc loc = Loc::current());
/// Truncated normal of standard deviation √(1 / fan_in). Source: as above.
Array lecun_normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32, Loc loc = Loc::current());

/// Uniform over [low, high). @throws ArgError unless low ≤ high
Array random_uniform(const Shape& shape, std::uint64_t seed, double low = -0.05, double high = 0.05,
                     DType dtype = DType::float32, Loc loc = Loc::current());
/// Normal. @throws ArgError for a negative stddev
Array random_normal(const Shape& shape, std::uint64_t seed, double mean = 0, double stddev = 0.05,
                    DType dtype = DType::float32, Loc loc = Loc::current());
/// Normal, drawn again where further than two stddev from the mean. The standard deviation of what is left is
/// 0.88 stddev; the scaled initializers above make up for that.
Array truncated_normal(const Shape& shape, std::uint64_t seed, double mean = 0, double stddev = 0.05,
                       DType dtype = DType::float32, Loc loc = Loc::current());

}  // namespace xgrad
