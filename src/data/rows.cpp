#include "data/rows.hpp"

#include <cstring>

namespace xgrad::detail {

Array gather_rows(const Array& a, std::span<const std::int64_t> rows) {
  Shape shape = a.shape();
  shape[0] = static_cast<std::int64_t>(rows.size());
  Array result = Array::empty(shape, a.dtype());
  std::size_t width = size_of(a.dtype());
  for (int axis = 1; axis < a.rank(); ++axis) width *= static_cast<std::size_t>(a.shape(axis));
  if (width == 0) return result;
  const auto* from = static_cast<const std::byte*>(a.raw());
  auto* to = static_cast<std::byte*>(result.raw());
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(to + i * width, from + static_cast<std::size_t>(rows[i]) * width, width);
  return result;
}

std::int64_t cut(std::int64_t n, double test_split, const char* operation, Loc loc) {
  if (!(test_split >= 0 && test_split < 1))
    throw ArgError(operation, "needs test_split of at least 0 and below 1; got " + std::to_string(test_split), loc);
  return static_cast<std::int64_t>(static_cast<double>(n) * (1 - test_split));
}

}  // namespace xgrad::detail
