#include "xgrad/ops/random.hpp"

#include <cmath>

#include "core/number_text.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/random.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

/// The next draw's place in the thread's sequence.
kernels::RandomKey next_key() noexcept {
  detail::Mode& now = detail::mode();
  return {now.random_seed, now.random_stream++, 0};
}

/// Draws `fill(key, n, elements)` and then moves and scales: mean + scale x.
template <class Fill>
Array drawn(const char* operation, const Shape& shape, double shift, double scale, DType dtype, Loc loc, Fill fill) {
  if (!is_floating(dtype))
    throw DTypeError(operation, std::string("needs float32 or float64; got ") + name_of(dtype), loc);
  Array a = Array::empty(shape, dtype, loc);
  const kernels::RandomKey key = next_key();
  visit_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      T* y = static_cast<T*>(a.raw());
      fill(key, a.size(), y);
      if (scale != 1 || shift != 0) {
        const T s = static_cast<T>(scale), m = static_cast<T>(shift);
        for (std::int64_t i = 0; i < a.size(); ++i) y[i] = m + s * y[i];
      }
    }
  });
  return a;
}

void check_stddev(const char* operation, double mean, double stddev, Loc loc) {
  if (!(stddev >= 0) || !std::isfinite(stddev) || !std::isfinite(mean))
    throw ArgError(operation,
                   "needs a finite mean and a finite stddev of at least 0; got " + std::to_string(mean) + " and " +
                       std::to_string(stddev),
                   loc);
}

void check_probability(const char* operation, double p, Loc loc) {
  if (!(p >= 0 && p <= 1)) throw ArgError(operation, "needs a probability from 0 to 1; got " + std::to_string(p), loc);
}

/// x under a mask that (seed, stream) determines, scaled: linear in x, so that its vjp is itself.
struct Dropout {
  static constexpr OpInfo info{.name = "dropout"};
  double rate;
  std::uint64_t seed, stream;
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const double keep = 1 - rate;
    kernels::random_mask<T>({seed, stream, 0}, k.size(), keep, static_cast<T>(keep > 0 ? 1 / keep : 0), k.in(0),
                            k.out());
  }
  void vjp(Vjp& c) const { c.give(0, record(Dropout{rate, seed, stream}, Arg(c.grad()))); }
  std::string attributes() const { return "rate=" + detail::number_text(rate); }
};

}  // namespace

void set_seed(std::uint64_t seed) noexcept {
  detail::mode().random_seed = seed;
  detail::mode().random_stream = 0;
}

Array random::uniform(const Shape& shape, double low, double high, DType dtype, Loc loc) {
  if (!(low <= high) || !std::isfinite(low) || !std::isfinite(high))
    throw ArgError("random::uniform",
                   "needs finite low <= high; got " + std::to_string(low) + " and " + std::to_string(high), loc);
  Array a =
      drawn("random::uniform", shape, low, high - low, dtype, loc,
            []<class T>(const kernels::RandomKey& key, std::int64_t n, T* y) { kernels::random_uniform(key, n, y); });
  if (low < high)  // rounding may reach the end, which is not in the range
    visit_dtype(dtype, [&]<class T>() {
      if constexpr (std::is_floating_point_v<T>) {
        T* y = static_cast<T*>(a.raw());
        const T end = static_cast<T>(high), last = std::nextafter(end, static_cast<T>(low));
        for (std::int64_t i = 0; i < a.size(); ++i) y[i] = y[i] >= end ? last : y[i];
      }
    });
  return a;
}

Array random::normal(const Shape& shape, double mean, double stddev, DType dtype, Loc loc) {
  check_stddev("random::normal", mean, stddev, loc);
  return drawn("random::normal", shape, mean, stddev, dtype, loc,
               []<class T>(const kernels::RandomKey& key, std::int64_t n, T* y) { kernels::random_normal(key, n, y); });
}

Array random::truncated_normal(const Shape& shape, double mean, double stddev, DType dtype, Loc loc) {
  check_stddev("random::truncated_normal", mean, stddev, loc);
  return drawn("random::truncated_normal", shape, mean, stddev, dtype, loc,
               []<class T>(const kernels::RandomKey& key, std::int64_t n, T* y) {
                 kernels::random_truncated_normal(key, n, y);
               });
}

Array random::bernoulli(const Shape& shape, double p, Loc loc) {
  check_probability("random::bernoulli", p, loc);
  Array a = Array::empty(shape, DType::boolean, loc);
  kernels::random_bernoulli(next_key(), a.size(), p, static_cast<std::uint8_t*>(a.raw()));
  return a;
}

Array random::integers(const Shape& shape, std::int64_t low, std::int64_t high, Loc loc) {
  if (low >= high)
    throw ArgError("random::integers", "needs low < high; got " + std::to_string(low) + " and " + std::to_string(high),
                   loc);
  Array a = Array::empty(shape, DType::int64, loc);
  kernels::random_integers(next_key(), a.size(), low, high, static_cast<std::int64_t*>(a.raw()));
  return a;
}

Array random::permutation(std::int64_t n, Loc loc) {
  if (n < 0) throw ArgError("random::permutation", "needs a number of at least 0; got " + std::to_string(n), loc);
  Array a = Array::empty({n}, DType::int64, loc);
  kernels::random_permutation(next_key(), n, static_cast<std::int64_t*>(a.raw()));
  return a;
}

Var dropout(Arg x, double rate) {
  check_probability("dropout", rate, x.loc());
  if (!is_floating(x.dtype()))
    throw DTypeError("dropout", "needs float32 or float64; got " + signature(x.value()), x.loc());
  if (!detail::mode().training || rate == 0) return operators::operator+(std::move(x));
  const kernels::RandomKey key = next_key();
  return record(Dropout{rate, key.seed, key.stream}, x);
}

}  // namespace xgrad
