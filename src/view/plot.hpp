#pragma once
// Curves, drawn by gnuplot.

#include <limits>
#include <string>
#include <vector>

#include "xgrad/core/location.hpp"

namespace xgrad::detail {

/// One line, row of points or band of a panel.
struct Curve {
  std::string name;
  std::vector<double> x, y;
  int colour = 0;                           // of the palette
  bool points = false;                      // else a line
  std::vector<double> low = {}, high = {};  // the edges of a band around it
};

/// Curves that share their axes.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
  double mark = std::numeric_limits<double>::quiet_NaN();  // where a vertical line stands; NaN: nowhere
  std::string mark_name = {};
};

/// Panels side by side.
struct Drawing {
  std::string title;
  std::vector<Panel> panels;
  bool log_scale = false;
  int width = 0, height = 0;  // pixels; of a terminal: characters; 0: what suits the panels
};

/// What gnuplot is told. It draws to its output, so that no name of a file stands in a script.
/// @param terminal "svg", "pngcairo" or "dumb"
std::string gnuplot_script(const Drawing& drawing, const std::string& terminal);

/// Draws into a file that ends in .svg or .png, which is replaced as a whole.
/// @throws IoError where gnuplot is missing or fails, or the file cannot be written
void draw(const Drawing& drawing, const char* operation, const std::string& path, Loc loc);

/// The drawing in characters, as wide as the terminal; empty where there is no gnuplot.
std::string draw_text(const Drawing& drawing);

/// Lets a program make a picture of a text, and puts its output into a file, which is replaced as a whole.
/// @param advice for who does not have the program @throws IoError
void draw_with(const std::vector<std::string>& command, const std::string& text, const std::string& advice,
               const char* operation, const std::string& path, Loc loc);

}  // namespace xgrad::detail
