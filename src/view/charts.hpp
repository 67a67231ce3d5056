#pragma once
// Charts as SVG inside of a page, from plain numbers. Each is a picture with a title and a description for those who
// hear the page; colours are of the page's style sheet, by class.

#include <cstdint>
#include <string>
#include <vector>

#include "view/plot.hpp"
#include "xgrad/view/histogram.hpp"

namespace xgrad::view {

/// The begin of a picture: `<svg …><title>…</title><desc>…</desc>`.
/// @param id in the page once @param title,description as they are
std::string open_svg(double width, double height, const std::string& id, const std::string& title,
                     const std::string& description);

/// Numbers on an axis, 1, 2 or 5 times a power of ten apart, that lie within [low, high].
std::vector<double> ticks(double low, double high, int most, bool whole = false);

/// Curves over epochs, with their marks. What is not finite is a gap.
std::string curves_svg(const detail::Panel& panel, const std::string& id, const std::string& description);

/// A histogram, and what its row is called.
struct Ridge {
  std::string name;
  Histogram histogram;
};
/// Histograms one below the other over one axis, each as high as its fullest bin, by the root of the counts, so that
/// tails are seen. The axis leaves out the outermost thousandth on each side, and all but the middle of rows much wider
/// than most. Zeros that stand out are told as their share, and left out of the shape.
/// @param kind a class for the colour
std::string ridges_svg(const std::vector<Ridge>& rows, const std::string& kind, const std::string& id,
                       const std::string& title, const std::string& description);

/// How often what is truly of a class (rows) was taken for which (columns). Shades are shares of a row; up to 20
/// classes have numbers.
std::string matrix_svg(const std::vector<std::string>& classes, const std::vector<std::int64_t>& counts,
                       const std::string& id, const std::string& title, const std::string& description);

}  // namespace xgrad::view
