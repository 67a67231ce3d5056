#include "data/random_state.hpp"

#include <bit>
#include <numeric>
#include <utility>

namespace xgrad::detail {

std::uint64_t RandomState::interval(std::uint64_t max) {
  if (max == 0) return 0;
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(max);
  const bool wide = max > 0xffffffffU;
  for (;;) {
    std::uint64_t value = next32();
    if (wide) value = value << 32 | next32();
    value &= mask;
    if (value <= max) return value;
  }
}

void RandomState::shuffle(std::span<std::int64_t> values) {
  for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[interval(i)]);
}

std::vector<std::int64_t> RandomState::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order);
  return order;
}

}  // namespace xgrad::detail
