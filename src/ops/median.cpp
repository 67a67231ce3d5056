#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ops/reduction.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/ops/sort.hpp"

namespace xgrad {

namespace {

struct Median : detail::Reduction {
  static constexpr OpInfo info{.name = "median"};
  void infer(Infer& i) const {
    i.need_floating(0);
    declare(i, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& from = k.shape(0);
    const std::int64_t n = detail::count_along(from, mask(from));
    if (n == 0) return kernels::fill(k.size(), std::numeric_limits<T>::quiet_NaN(), k.out());
    Array rows = transpose(k.Run::in(0), reduced_last(from)).copy();
    T* x = static_cast<T*>(rows.raw());
    for (std::int64_t row = 0; row < k.size(); ++row, x += n) k.out()[row] = middle(x, n);
  }

  /// The middle of each row in order, or the mean of the two next to it; of what has a NaN, the NaN, which comes last.
  Var decompose(std::span<const Var> in) const {
    const Shape& from = in[0].shape();
    const Shape result = detail::reduced(from, mask(from), keepdims);
    const std::int64_t n = detail::count_along(from, mask(from));
    if (n == 0) return mean(in[0], axes, keepdims);
    const Var rows = sort(reshape(transpose(in[0], reduced_last(from)), {result.size(), n}));
    const auto column = [&rows](std::int64_t j) { return slice(rows, {Slice{}, j}); };
    const Var last = column(n - 1), upper = column(n / 2);
    const Var y = n % 2 ? upper : 0.5 * column(n / 2 - 1) + 0.5 * upper;
    return reshape(where(isnan(last), last, y), result);
  }

 private:
  /// The axes with the reduced ones behind the others.
  Axes reduced_last(const Shape& from) const {
    const std::uint32_t m = mask(from);
    std::array<int, Shape::max_rank> order{};
    std::size_t count = 0;
    for (const bool of_reduced : {false, true})
      for (int d = 0; d < from.rank(); ++d)
        if (static_cast<bool>(m >> d & 1) == of_reduced) order[count++] = d;
    return Axes(std::span<const int>(order.data(), count));
  }
  /// x is put in another order.
  template <class T>
  static T middle(T* x, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i)
      if (std::isnan(x[i])) return x[i];
    T* const upper = x + n / 2;
    std::nth_element(x, upper, x + n);
    return n % 2 ? *upper : T(0.5) * *std::max_element(x, upper) + T(0.5) * *upper;
  }
};

}  // namespace

Var median(Arg x) { return record(Median{}, x); }
Var median(Arg x, const Axes& axes, bool keepdims) { return record(Median{{axes, keepdims}}, x); }

}  // namespace xgrad
