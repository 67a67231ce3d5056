#include "view/array_view.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "view/figures.hpp"

namespace xgrad::view {

namespace {

constexpr std::size_t bins = 32;
constexpr std::int64_t picture_side = 24;

template <class T>
void write_element(JsonWriter& to, T v) {
  if constexpr (std::is_same_v<T, bool>) {
    to.number(v ? 1 : 0);
  } else {
    to.number(v);
  }
}

template <class T>
void write_picture(JsonWriter& to, const T* x, const Shape& shape, const Figures& f) {
  const std::int64_t width = shape.back(), height = shape.size() / width;
  const std::int64_t rows = std::min(height, picture_side), columns = std::min(width, picture_side);
  to.begin_object().key("rows").number(rows).key("columns").number(columns).key("values").begin_list();
  std::vector<double> sums(static_cast<std::size_t>(columns));
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int64_t top = r * height / rows, bottom = (r + 1) * height / rows;
    std::fill(sums.begin(), sums.end(), 0);
    for (std::int64_t y = top; y < bottom; ++y)
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t i = c * width / columns; i < (c + 1) * width / columns; ++i)
          sums[static_cast<std::size_t>(c)] += static_cast<double>(x[y * width + i]) * f.scale;
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int64_t elements = (bottom - top) * ((c + 1) * width / columns - c * width / columns);
      to.rounded(sums[static_cast<std::size_t>(c)] / static_cast<double>(elements) * f.unscale, 4);
    }
  }
  to.end_list().end_object();
}

template <class T>
void write_summary(JsonWriter& to, const T* x, const Shape& shape, const ArrayDetail& detail) {
  const Figures f = figures_of(x, shape.size(), bins);
  const int digits = detail.digits;
  to.begin_object();
  if (digits < 9) {
    to.key("min").rounded(f.lowest, digits).key("max").rounded(f.highest, digits);
  } else if constexpr (std::is_same_v<T, float>) {
    to.key("min").number(static_cast<float>(f.lowest)).key("max").number(static_cast<float>(f.highest));
  } else {
    to.key("min").number(f.lowest).key("max").number(f.highest);
  }
  to.key("mean").rounded(f.mean, digits).key("stddev").rounded(f.stddev, digits).key("norm").rounded(f.norm, digits);
  to.key("zeros").number(f.zeros).key("nan").number(f.nan).key("inf").number(f.inf).key("histogram").begin_list();
  if (detail.histogram)
    for (const std::int64_t n : f.counts) to.number(n);
  to.end_list();
  if (detail.picture) write_picture(to.key("picture"), x, shape, f);
  to.end_object();
}

}  // namespace

void write_array(JsonWriter& to, const Array& a, const ArrayDetail& detail) {
  const std::int64_t n = a.size();
  const bool small = n <= std::max<std::int64_t>(detail.max_values, 1);
  to.begin_object().key("shape").begin_list();
  for (const std::int64_t extent : a.shape()) to.number(extent);
  to.end_list().key("dtype").text(name_of(a.dtype()));
  visit_dtype(a.dtype(), [&]<class T>() {
    const T* x = n > 0 ? static_cast<const T*>(a.raw()) : nullptr;
    if (small) {
      to.key("values").begin_list();
      for (std::int64_t i = 0; i < n; ++i) write_element(to, x[i]);
      to.end_list();
    } else if (std::endian::native == std::endian::little && a.bytes() <= detail.embed_bytes) {
      to.key("whole").begin_object().key("dtype").text(std::is_same_v<T, bool> ? "uint8" : name_of(a.dtype()));
      to.key("base64").text(base64(x, a.bytes())).end_object();
    }
    if (!small) write_summary(to.key("summary"), x, a.shape(), detail);
  });
  to.end_object();
}

}  // namespace xgrad::view
