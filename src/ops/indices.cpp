#include "ops/indices.hpp"

#include <algorithm>

namespace xgrad::detail {

std::string place_text(const Shape& shape, std::int64_t i) {
  std::string text = "[";
  std::int64_t behind = shape.size();
  for (int d = 0; d < shape.rank(); ++d) {
    behind /= shape[d];
    text += (d ? "," : "") + std::to_string(i / behind);
    i %= behind;
  }
  return text + "]";
}

CheckedIndices::CheckedIndices(const std::int64_t* index, std::int64_t size, std::int64_t n, const Run* r,
                               const Shape* shape)
    : data_(index), size_(size) {
  bool negative = false;
  for (std::int64_t i = 0; i < size; ++i) {
    negative |= index[i] < 0;
    if (!r || (index[i] < n && index[i] >= -n)) continue;
    r->index_error(n ? "indices from " + std::to_string(-n) + " to " + std::to_string(n - 1)
                     : std::string("no index into an axis of extent 0"),
                   std::to_string(index[i]) + " at " + place_text(*shape, i));
  }
  if (!negative) return;
  counted_ = Array::empty({size}, DType::int64);
  auto* to = static_cast<std::int64_t*>(counted_.raw());
  for (std::int64_t i = 0; i < size; ++i) to[i] = index[i] < 0 ? index[i] + n : index[i];
  data_ = to;
}

DistinctIndices::DistinctIndices(const std::int64_t* index, std::int64_t size, std::int64_t n)
    : places_(Array::empty({size}, DType::int64)) {
  auto* place = static_cast<std::int64_t*>(places_.raw());
  if (n > 64 * size) {  // a table so long that even a mark for each row costs more than sorting
    Array sorted = Array::empty({size}, DType::int64);
    auto* first = static_cast<std::int64_t*>(sorted.raw());
    std::copy_n(index, size, first);
    std::sort(first, first + size);
    const std::int64_t count = std::unique(first, first + size) - first;
    values_ = sorted.rows(0, count);
    for (std::int64_t i = 0; i < size; ++i) place[i] = std::lower_bound(first, first + count, index[i]) - first;
    return;
  }
  Array marks = zeros({n}, DType::int64);
  auto* mark = static_cast<std::int64_t*>(marks.raw());
  for (std::int64_t i = 0; i < size; ++i) mark[index[i]] = 1;
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < n; ++row) count += mark[row];
  values_ = Array::empty({count}, DType::int64);
  auto* value = static_cast<std::int64_t*>(values_.raw());
  for (std::int64_t row = 0, k = 0; row < n; ++row) {
    if (!mark[row]) continue;
    value[k] = row;
    mark[row] = k++;
  }
  for (std::int64_t i = 0; i < size; ++i) place[i] = mark[index[i]];
}

}  // namespace xgrad::detail
