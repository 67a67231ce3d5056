#include "view/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include "core/atomic_file.hpp"
#include "view/child.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad::detail {

namespace {

// Okabe and Ito's palette, which the colour-blind tell apart as well.
constexpr const char* palette[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
const char* colour(int i) { return palette[static_cast<std::size_t>(i) % std::size(palette)]; }

/// A text as gnuplot takes it: in single quotes nothing is special but the quote itself.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return out + "'";
}

std::string number(double v) {
  if (!std::isfinite(v)) return "NaN";
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", v);
  return text;
}

std::string data_of(const Curve& c) {
  std::string text;
  for (std::size_t i = 0; i < c.x.size(); ++i) {
    text += number(c.x[i]) + " " + number(c.y[i]);
    if (!c.low.empty()) text += " " + number(c.low[i]) + " " + number(c.high[i]);
    text += "\n";
  }
  return text;
}

/// Panels stand in rows of at most three.
struct Grid {
  explicit Grid(std::size_t panels)
      : columns(static_cast<int>(panels <= 3   ? panels
                                 : panels == 4 ? 2
                                               : 3)),
        rows((static_cast<int>(panels) + columns - 1) / columns) {}
  int columns, rows;
};

int terminal_columns() {
#if defined(__unix__) || defined(__APPLE__)
  winsize size{};
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
#endif
  return 80;
}

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("\n ");
  if (begin == std::string::npos) return "nothing said";
  std::string line;
  for (std::size_t i = begin; i < text.size() && line.size() < 200; ++i) line += text[i] == '\n' ? ' ' : text[i];
  return line;
}

}  // namespace

std::string gnuplot_script(const Drawing& d, const std::string& terminal) {
  const bool dumb = terminal == "dumb";
  const Grid grid(std::max<std::size_t>(d.panels.size(), 1));
  const int width = d.width > 0 ? d.width : dumb ? 80 : 80 + 460 * grid.columns;
  const int height = d.height > 0 ? d.height : dumb ? 20 * grid.rows : 40 + 360 * grid.rows;
  std::string s = "set terminal " + terminal + " size " + std::to_string(width) + "," + std::to_string(height);
  s += dumb ? " noenhanced\n" : " noenhanced font 'Helvetica,12' linewidth 1.5 background '#ffffff'\n";
  s += "set datafile missing 'NaN'\nset encoding utf8\n";
  if (!dumb)
    s += "set border 3 lc rgb '#444444'\nset tics nomirror textcolor rgb '#222222'\nset grid lc rgb '#dddddd' lt 1\n";
  s += "set key top right" + std::string(dumb ? "" : " opaque samplen 2") + "\nset xlabel 'epoch'\n";
  if (d.log_scale) s += "set logscale y\nset format y '%g'\n";
  if (d.panels.size() > 1 || !d.title.empty())
    s += "set multiplot layout " + std::to_string(grid.rows) + "," + std::to_string(grid.columns) +
         (d.title.empty() ? "" : " title " + quoted(d.title)) + "\n";

  int block = 0;
  for (const Panel& p : d.panels) {
    s += "unset arrow\nunset label\nset title " + quoted(p.title) + (dumb ? "\n" : " offset 0,0.4\n");
    double last = 1, first = 1e300;
    std::string plots;
    for (const Curve& c : p.curves) {
      const std::string name = "$d" + std::to_string(block++);
      s += name + " << EOD\n" + data_of(c) + "EOD\n";
      for (double x : c.x) {
        last = std::max(last, x);
        first = std::min(first, x);
      }
      const std::string ink = std::string(" lc rgb '") + colour(c.colour) + "'";
      const auto add = [&](const std::string& plot) {
        plots += (plots.empty() ? "plot " : ", \\\n     ") + name + plot;
      };
      if (!c.low.empty() && !dumb)
        add(" using 1:3:4 with filledcurves notitle fc rgb '" + std::string(colour(c.colour)) +
            "' fs transparent solid 0.2 noborder");
      if (dumb)
        add(std::string(" using 1:2 with ") + (c.points ? "points pt " : "lines lt ") + std::to_string(c.colour + 1) +
            " title " + quoted(c.name));
      else if (c.points)
        add(" using 1:2 with points pt 7 ps 0.6" + ink + " title " + quoted(c.name));
      else
        add(" using 1:2 with lines lw 1.5" + ink + " title " + quoted(c.name));
    }
    if (plots.empty()) continue;
    if (first > last) first = last;
    s += "set xrange [" + number(first == last ? first - 1 : first - 0.02 * (last - first)) + ":" +
         number(first == last ? last + 1 : last + 0.02 * (last - first)) + "]\n";
    if (last - first <= 10) {
      s += "set xtics 1\n";
    } else {
      s += "set xtics autofreq\n";
    }
    if (std::isfinite(p.mark)) {
      const std::string at = number(p.mark);
      s += "set arrow from " + at + ", graph 0 to " + at + ", graph 1 nohead" + (dumb ? "" : " dt 2 lc rgb '#666666'") +
           "\n";
      const char* side = p.mark > (first + last) / 2 ? " right" : " left";  // where there is room
      if (!dumb)
        s += "set label " + quoted(p.mark_name) + " at " + at + ", graph 1.04" + side +
             " textcolor rgb '#444444' font ',10'\n";
    }
    s += plots + "\n";
  }
  if (d.panels.size() > 1 || !d.title.empty()) s += "unset multiplot\n";
  return s;
}

void draw_with(const std::vector<std::string>& command, const std::string& text, const std::string& advice,
               const char* operation, const std::string& path, Loc loc) {
  AtomicFile file(path, operation, loc);  // first of all, whether it can be written
  const ChildResult r = run_child(command, text, 60);
  if (!r.found)
    throw IoError(operation,
                  "needs the program " + command[0] + " to draw " + path + "; got none in PATH (" + advice + ")", loc);
  if (r.timed_out || r.status != 0 || r.output.empty())
    throw IoError(operation,
                  "needs " + command[0] + " to draw " + path + "; got " +
                      (r.timed_out ? "no answer in a minute" : "status " + std::to_string(r.status)) + ": " +
                      first_line(r.errors),
                  loc);
  file.write(r.output.data(), r.output.size());
  file.commit();
}

void draw(const Drawing& drawing, const char* operation, const std::string& path, Loc loc) {
  draw_with({"gnuplot"}, gnuplot_script(drawing, path.ends_with(".png") ? "pngcairo" : "svg"),
            "Debian: apt-get install gnuplot-nox; .csv and .json need no program", operation, path, loc);
}

std::string draw_text(const Drawing& drawing) {
  Drawing d = drawing;
  if (d.width == 0)
    d.width = std::min(terminal_columns(), 50 * Grid(std::max<std::size_t>(d.panels.size(), 1)).columns);
  const ChildResult r = run_child({"gnuplot"}, gnuplot_script(d, "dumb"), 20);
  return r.found && !r.timed_out && r.status == 0 ? r.output : "";
}

}  // namespace xgrad::detail
