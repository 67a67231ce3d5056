#include "xgrad/nn/initializers.hpp"

#include <cmath>
#include <numeric>

#include "xgrad/ops/random.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

detail::Fans detail::fans(const Shape& shape) {
  if (shape.rank() == 0) return {};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (int i = 0; i < shape.rank() - 2; ++i) field *= static_cast<double>(shape[i]);
  return {field * static_cast<double>(shape[shape.rank() - 2]), field * static_cast<double>(shape.back())};
}

namespace {

using detail::fans;
using detail::Fans;

/// Runs a draw as the first one after `set_seed(seed)`, and leaves the thread's own sequence as it was.
template <class Draw>
Array seeded(std::uint64_t seed, Draw draw) {
  struct Restore {
    std::uint64_t seed = detail::mode().random_seed, stream = detail::mode().random_stream;
    ~Restore() {
      detail::mode().random_seed = seed;
      detail::mode().random_stream = stream;
    }
  } restore;
  set_seed(seed);
  return draw();
}

/// Uniform of variance scale / fan. An empty shape has fan 0; nothing is drawn then.
Array scaled_uniform(const Shape& shape, std::uint64_t seed, double scale, double fan, DType dtype, Loc loc) {
  const double limit = std::sqrt(3 * scale / std::max(fan, 1.0));
  return random_uniform(shape, seed, -limit, limit, dtype, loc);
}
Array scaled_normal(const Shape& shape, std::uint64_t seed, double scale, double fan, DType dtype, Loc loc) {
  return truncated_normal(shape, seed, 0, std::sqrt(scale / std::max(fan, 1.0)) / detail::truncated_stddev, dtype, loc);
}
double mean_fan(const Shape& shape) {
  const Fans f = fans(shape);
  return (f.in + f.out) / 2;
}

}  // namespace

Array glorot_uniform(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) {
  return scaled_uniform(shape, seed, 1, mean_fan(shape), dtype, loc);
}
Array glorot_normal(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) {
  return scaled_normal(shape, seed, 1, mean_fan(shape), dtype, loc);
}
Array he_uniform(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) {
  return scaled_uniform(shape, seed, 2, fans(shape).in, dtype, loc);
}
Array he_normal(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) {
  return scaled_normal(shape, seed, 2, fans(shape).in, dtype, loc);
}
Array lecun_uniform(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) {
  return scaled_uniform(shape, seed, 1, fans(shape).in, dtype, loc);
}
Array lecun_normal(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) {
  return scaled_normal(shape, seed, 1, fans(shape).in, dtype, loc);
}

Array random_uniform(const Shape& shape, std::uint64_t seed, double low, double high, DType dtype, Loc loc) {
  return seeded(seed, [&] { return random::uniform(shape, low, high, dtype, loc); });
}
Array random_normal(const Shape& shape, std::uint64_t seed, double mean, double stddev, DType dtype, Loc loc) {
  return seeded(seed, [&] { return random::normal(shape, mean, stddev, dtype, loc); });
}
Array truncated_normal(const Shape& shape, std::uint64_t seed, double mean, double stddev, DType dtype, Loc loc) {
  return seeded(seed, [&] { return random::truncated_normal(shape, mean, stddev, dtype, loc); });
}

}  // namespace xgrad
