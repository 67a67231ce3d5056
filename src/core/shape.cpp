#include "xgrad/core/shape.hpp"

#include <algorithm>
#include <ostream>

#include "xgrad/core/error.hpp"

namespace xgrad {

void Shape::too_many_axes(std::size_t rank) {
  throw ShapeError("Shape", "needs at most " + std::to_string(max_rank) + " axes; got " + std::to_string(rank), Loc{});
}

void Shape::push_back(std::int64_t extent) {
  if (rank_ == max_rank) too_many_axes(max_rank + 1);
  extents_[rank_++] = extent;
}

void Shape::erase(int axis) noexcept {
  std::copy(begin() + axis + 1, end(), begin() + axis);
  extents_[--rank_] = 0;
}

void Shape::insert(int axis, std::int64_t extent) {
  push_back(extent);
  std::rotate(begin() + axis, end() - 1, end());
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) {
    if (i) text += ',';
    text += std::to_string((*this)[i]);
  }
  return text + "]";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.to_string(); }

bool broadcast_shapes(const Shape& a, const Shape& b, Shape& out) noexcept {
  if (a == b) {
    out = a;
    return true;
  }
  const bool a_longer = a.rank() >= b.rank();
  Shape result = a_longer ? a : b;
  const Shape& other = a_longer ? b : a;
  const int lead = result.rank() - other.rank();
  for (int i = 0; i < other.rank(); ++i) {
    std::int64_t& extent = result[lead + i];
    if (extent == other[i] || other[i] == 1) continue;
    if (extent != 1) return false;
    extent = other[i];
  }
  out = result;
  return true;
}

bool broadcasts_to(const Shape& from, const Shape& to) noexcept {
  Shape common;
  return broadcast_shapes(from, to, common) && common == to;
}

}  // namespace xgrad
