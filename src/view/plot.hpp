#pragma once
// Curves, drawn by gnuplot.

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

/// A vertical line.
struct Mark {
  double at = 0;
  std::string name;
  int colour = -1;  // of the palette; -1: grey
};

/// Curves that share their axes.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
  std::vector<Mark> marks = {};
};

/// Panels side by side.
struct Drawing {
  std::string title;
  std::vector<Panel> panels;
  bool log_scale = false;
  int width = 0, height = 0;  // pixels; of a terminal: characters; 0: what suits the panels
};

/// What of it can be drawn: without curves that have no finite point (on a log scale, none above 0), and without panels
/// that have no curve.
Drawing visible(const Drawing& drawing);

/// What gnuplot is told. It draws to its output, so that no name of a file stands in a script.
/// @param terminal "svg", "pngcairo" or "dumb" @param columns panels that stand beside each other, at most
std::string gnuplot_script(const Drawing& drawing, const std::string& terminal, int columns = 3);

/// Draws into a file that ends in .svg or .png, which is replaced as a whole.
/// @throws ArgError where nothing can be drawn; IoError where gnuplot is missing or fails, or the file cannot be
/// written
void draw(const Drawing& drawing, const char* operation, const std::string& path, Loc loc);

/// The drawing in characters, as wide as the terminal; where there is no gnuplot, or nothing to draw, a table and a
/// sentence that says so.
std::string draw_text(const Drawing& drawing);

/// A table for each panel: a line an x, a column a curve; of many lines some, always those of marks and the last.
std::string table_of(const Drawing& drawing);

/// A text that may stand in a drawing: no control characters, and UTF-8.
std::string printable(const std::string& text);

/// Lets a program make a picture of a text, and puts its output into a file, which is replaced as a whole.
/// @param advice for who does not have the program @throws IoError
void draw_with(const std::vector<std::string>& command, const std::string& text, const std::string& advice,
               const char* operation, const std::string& path, Loc loc);

}  // namespace xgrad::detail
