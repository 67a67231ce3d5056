#include "train/report_samples.hpp"

#include <algorithm>
#include <cmath>

#include "view/markup.hpp"
#include "view/png.hpp"

namespace xgrad::detail {

namespace {

using view::brief;
using view::escaped;
using view::grouped;
using view::percent;

constexpr std::int64_t longest_side = 128;  // of a picture; of larger ones points are left out
constexpr std::int64_t shown_numbers = 12;

/// The numbers that are black and white.
struct Tones {
  double black = 0, white = 1;
};

/// 0 to 255 for bytes; else 0 to 1, −1 to 1, 0 to 255 or what there is, whichever holds all.
Tones tones_of(const Array& x) {
  if (x.dtype() == DType::uint8) return {0, 255};
  double low = INFINITY, high = -INFINITY;
  visit_dtype(x.dtype(), [&]<class T>() {
    const T* p = x.data<T>();
    for (std::int64_t i = 0; i < x.size(); ++i) {
      const auto v = static_cast<double>(p[i]);
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  });
  if (low >= 0 && high <= 1) return {0, 1};
  if (low >= -1 && high <= 1) return {-1, 1};
  if (low >= 0 && high > 16 && high <= 255) return {0, 255};
  return low < high ? Tones{low, high} : Tones{low - 1, low + 1};
}

/// @param sample doubles, as many as the image has
view::Pixels pixels_of(const double* sample, const Shape& image, const Tones& tones) {
  const std::int64_t channels = image.rank() == 3 ? image[2] : 1;
  const std::int64_t every = (std::max(image[0], image[1]) + longest_side - 1) / longest_side;
  view::Pixels p{.width = static_cast<int>((image[1] + every - 1) / every),
                 .height = static_cast<int>((image[0] + every - 1) / every),
                 .channels = static_cast<int>(channels)};
  for (std::int64_t r = 0; r < image[0]; r += every)
    for (std::int64_t c = 0; c < image[1]; c += every)
      for (std::int64_t k = 0; k < channels; ++k) {
        const double v = sample[(r * image[1] + c) * channels + k];
        const double tone = (v - tones.black) / (tones.white - tones.black);
        p.bytes.push_back(static_cast<std::uint8_t>(std::isnan(tone) ? 0 : std::round(255 * std::clamp(tone, 0., 1.))));
      }
  return p;
}

std::string listed(const double* v, std::int64_t n) {
  std::string s;
  for (std::int64_t i = 0; i < std::min(n, shown_numbers); ++i) s += (i ? ", " : "") + brief(v[i]);
  return n > shown_numbers ? s + ", … (" + grouped(n) + " numbers)" : s;
}

/// A sparse sample's entries that are not zero.
std::string listed_entries(const double* v, std::int64_t n) {
  std::string s;
  std::int64_t entries = 0;
  for (std::int64_t i = 0; i < n; ++i)
    if (v[i] != 0 && ++entries <= shown_numbers) s += (s.empty() ? "" : ", ") + std::to_string(i) + ": " + brief(v[i]);
  if (entries > shown_numbers) s += ", … (" + grouped(entries) + " entries)";
  return s.empty() ? "zeros" : s;
}

std::string line(const std::string& name, const std::string& value, const std::string& kind = {},
                 const std::string& more = {}) {
  return "<div>" + name + " <b" + (kind.empty() ? "" : " class=\"" + kind + "\"") + ">" + value + "</b>" + more +
         "</div>";
}

}  // namespace

std::string worst_samples(const ReportParts& p) {
  const bool pictures = p.image.rank() > 0;
  const Tones tones = pictures ? tones_of(p.x.dense()) : Tones{};
  const Array targets = p.y.astype(DType::float64);
  const std::int64_t of_target = targets.size() / p.x.size();
  std::string s = pictures ? "<ul class=\"worst\">" : "<ul class=\"worst wide\">";
  for (std::int64_t n : p.worst) {
    const auto i = static_cast<std::size_t>(n);
    const Samples sample = p.x.range(n, n + 1);
    const Array values = (sample.sparse() ? sample.csr().to_dense() : sample.dense()).astype(DType::float64);
    const double* v = values.data<double>();
    std::string truth, predicted, confidence;
    bool right = false;
    if (p.classified()) {
      truth = p.class_name(p.judged.truth[i]);
      predicted = p.class_name(p.judged.predicted[i]);
      right = p.judged.truth[i] == p.judged.predicted[i];
      if (std::isfinite(p.judged.confidence[i])) confidence = " (" + percent(p.judged.confidence[i]) + ")";
    } else {
      truth = listed(targets.data<double>() + n * of_target, of_target);
      predicted = listed(p.judged.results.data() + n * p.judged.width, p.judged.width);
    }
    s += "<li>";
    if (pictures)
      s += "<img alt=\"sample " + std::to_string(n) + ": true " + escaped(truth) + ", predicted " + escaped(predicted) +
           "\" src=\"" + view::picture_address(pixels_of(v, p.image, tones)) + "\">";
    else
      s += "<code>" + (sample.sparse() ? listed_entries(v, values.size()) : listed(v, values.size())) + "</code>";
    s += line("true", escaped(truth)) +
         line("predicted", escaped(predicted),
              !p.classified() ? ""
              : right         ? "yes"
                              : "no",
              confidence) +
         line("loss", brief(p.judged.losses[i])) + "<div class=\"soft\">sample " + grouped(n) + "</div></li>";
  }
  return s + "</ul>";
}

}  // namespace xgrad::detail
