#include "ops/indices.hpp"

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

}  // namespace xgrad::detail
