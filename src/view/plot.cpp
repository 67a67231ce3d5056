#include "view/plot.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "core/atomic_file.hpp"
#include "core/json.hpp"
#include "view/child.hpp"
#include "view/terminal.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad::detail {

namespace {

// Okabe and Ito's palette, which the colour-blind tell apart as well.
constexpr const char* palette[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
const char* colour(int i) { return palette[static_cast<std::size_t>(i) % std::size(palette)]; }

/// A text as gnuplot takes it. What could mean anything to it, in quotes or before it looks at quotes (backquotes,
/// macros), stands there as a number. Single quotes would not do: a text that begins with one ends the string.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : printable(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) || std::strchr(" .,:_-+()", c)) {
      out += c;
    } else {
      char octal[8];
      std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(byte));
      out += octal;
    }
  }
  return out + "\"";
}

/// gnuplot takes numbers near the largest double for undefined.
bool finite(double v) { return std::abs(v) < 1e300; }

std::string number(double v) {
  if (!finite(v)) return "NaN";
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

struct Grid {
  Grid(std::size_t panels, int most)
      : columns(panels == 4 ? std::min(2, most) : std::clamp(static_cast<int>(panels), 1, most)),
        rows(std::max(1, (static_cast<int>(panels) + columns - 1) / columns)) {}
  int columns, rows;
};

/// The distance of ticks on whole numbers, 1, 2 or 5 times a power of ten, that gives at most so many.
int tick_step(double length, int most) {
  for (int power = 1;; power *= 10)
    for (int step : {power, 2 * power, 5 * power})
      if (length / step <= most || step >= 500'000'000) return step;
}

/// What a program complained of, on one line: the end of it, where the cause stands.
std::string last_words(const std::string& text) {
  std::string line;
  for (char c : printable(text))
    if (c != ' ' || (!line.empty() && line.back() != ' ')) line += c;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.empty()) return "nothing said";
  if (line.size() <= 240) return line;
  std::size_t at = line.size() - 240;
  while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;  // not amid a letter
  return "… " + line.substr(at);
}

/// One panel's commands. Data blocks have numbers of their own in the whole script.
std::string panel_script(const Panel& p, const std::string& terminal, int& block) {
  const bool dumb = terminal == "dumb";
  const std::string dots = terminal == "svg" ? " pt 7 ps 0.55" : " pt 7 ps 0.8";
  std::string s = "unset arrow\nset title " + quoted(p.title) + "\n", plots;
  const auto add = [&](const std::string& plot) { plots += (plots.empty() ? "plot " : ", \\\n     ") + plot; };
  double first = std::numeric_limits<double>::infinity(), last = -first;
  std::string bands;
  for (const Curve& c : p.curves) {
    for (double x : c.x) {
      first = std::min(first, x);
      last = std::max(last, x);
    }
    const std::string name = "$d" + std::to_string(block++);
    s += name + " << EOD\n" + data_of(c) + "EOD\n";
    const std::string ink = dumb ? "" : std::string(" lc rgb '") + colour(c.colour) + "'";
    const bool banded = !c.low.empty() && !dumb;
    if (banded)  // all bands before all lines, which they would veil
      bands += (bands.empty() ? "plot " : ", \\\n     ") + name + " using 1:3:4 with filledcurves notitle fc rgb '" +
               colour(c.colour) + "' fs transparent solid 0.15 noborder";
    std::size_t shown = 0;
    for (double y : c.y) shown += finite(y) ? 1 : 0;
    std::string with = c.points ? " with points" : shown == 1 ? " with linespoints" : " with lines";
    if (!dumb) with += c.points || shown == 1 ? dots : "";
    if (dumb)
      with +=
          (c.points ? " pt '" + std::string(1, "o+x%a&="[c.colour % 7]) + "'" : " lt " + std::to_string(c.colour + 1));
    add(name + " using 1:2" + with + (dumb || c.points ? "" : " lw 2") + ink + " title " +
        quoted((dumb ? " " : "") + c.name + (banded ? " ± sd" : "")));
  }
  if (!bands.empty()) plots = bands + ", \\\n     " + plots.substr(5);
  const double margin = first < last ? 0.02 * (last - first) : 1;
  s += "set xrange [" + number(first - margin) + ":" + number(last + margin) + "]\nset xtics " +
       std::to_string(tick_step(last - first, dumb ? 5 : 10)) + "\n";
  for (const Mark& m : p.marks) {
    const std::string at = number(m.at);
    const std::string style =
        dumb ? " lt 0" : std::string(" dt 2 lw 1.2 lc rgb '") + (m.colour < 0 ? "#666666" : colour(m.colour)) + "'";
    s += "set arrow from " + at + ", graph 0 to " + at + (dumb ? ", graph 0.95" : ", graph 1") + " nohead back" +
         style + "\n";
    add((dumb ? std::string("NaN with points pt '|'") : "NaN with lines" + style) + " title " +
        quoted((dumb ? " " : "") + m.name));  // its line in the legend
  }
  return s + plots + "\n";
}

}  // namespace

std::string printable(const std::string& text) {
  const bool utf8 = is_utf8(text);
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : byte >= 0x80 && !utf8 ? '?' : c;
  }
  return out;
}

Drawing visible(const Drawing& drawing) {
  Drawing d = drawing;
  for (Panel& p : d.panels)
    std::erase_if(p.curves, [&](const Curve& c) {
      return std::none_of(c.y.begin(), c.y.end(), [&](double y) { return finite(y) && (y > 0 || !d.log_scale); });
    });
  std::erase_if(d.panels, [](const Panel& p) { return p.curves.empty(); });
  return d;
}

std::string gnuplot_script(const Drawing& drawing, const std::string& terminal, int columns) {
  const bool dumb = terminal == "dumb";
  const Drawing d = visible(drawing);
  const Grid grid(d.panels.size(), columns);
  std::size_t entries = 0;
  for (const Panel& p : d.panels) entries = std::max(entries, p.curves.size() + p.marks.size());
  const int legend = static_cast<int>((entries + 1) / 2);  // its lines, about
  const int width = d.width > 0 ? d.width : dumb ? 80 : 80 + 460 * grid.columns;
  const int height = d.height > 0 ? d.height
                     : dumb       ? (18 + static_cast<int>(entries)) * grid.rows
                                  : 40 + (340 + 20 * legend) * grid.rows;
  std::string s = "set terminal " + terminal + " size " + std::to_string(width) + "," + std::to_string(height);
  s += dumb ? " noenhanced\n" : " noenhanced font 'Helvetica,12' background '#ffffff'\n";
  s += "set encoding utf8\n";
  // Below the axes the legend hides nothing.
  s += "set key bmargin center horizontal Left reverse";
  if (dumb) {
    s += "\nset xlabel 'epoch'\n";
  } else {
    s += " samplen 2 width 1 font ',11' textcolor rgb '#222222'\nset border 3 lc rgb '#888888'\n"
         "set tics nomirror scale 0.5 font ',11' textcolor rgb '#444444'\nset grid ytics lc rgb '#e4e4e4' lt 1 lw 0.8\n"
         "set xlabel 'epoch' font ',11' textcolor rgb '#444444' offset 0,0.7\n";
  }
  if (d.log_scale) s += "set logscale y\nset format y '%g'\n";
  const bool several = d.panels.size() > 1 || !d.title.empty();
  if (several)
    s += "set multiplot layout " + std::to_string(grid.rows) + "," + std::to_string(grid.columns) +
         (d.title.empty() ? "" : " title " + quoted(d.title) + (dumb ? "" : " font ',15'")) + "\n";
  int block = 0;
  for (const Panel& p : d.panels) s += panel_script(p, terminal, block);
  return s + (several ? "unset multiplot\n" : "");
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
                      last_words(r.errors),
                  loc);
  file.write(r.output.data(), r.output.size());
  file.commit();
}

void draw(const Drawing& drawing, const char* operation, const std::string& path, Loc loc) {
  if (visible(drawing).panels.empty())
    throw ArgError(operation,
                   std::string("needs a finite figure ") + (drawing.log_scale ? "above 0, for a log scale, " : "") +
                       "in an epoch that is not skipped; got none",
                   loc);
  draw_with({"gnuplot", "-d"}, gnuplot_script(drawing, path.ends_with(".png") ? "pngcairo" : "svg"),
            "Debian: apt-get install gnuplot-nox; .csv and .json need no program", operation, path, loc);
}

std::string draw_text(const Drawing& drawing) {
  Drawing d = visible(drawing);
  if (d.panels.empty()) return table_of(drawing) + "(no finite figures to draw)\n";
  const int screen = terminal_columns();
  const Grid grid(d.panels.size(), std::clamp(screen / 38, 1, 3));
  if (d.width <= 0) d.width = std::min(screen, 50 * grid.columns);
  const ChildResult r = run_child({"gnuplot", "-d"}, gnuplot_script(d, "dumb", grid.columns), 20);
  if (!r.found) return table_of(drawing) + "(gnuplot draws curves here; Debian: apt-get install gnuplot-nox)\n";
  if (r.timed_out || r.status != 0)
    return table_of(drawing) + "(gnuplot could not draw curves: " + last_words(r.errors) + ")\n";
  std::string text;  // without the form feed, blanks at ends of lines, and empty lines around it
  for (char c : r.output) {
    if (c == '\n') text.erase(text.find_last_not_of(" \f") + 1);
    if (c != '\f') text += c;
  }
  text.erase(0, text.find_first_not_of('\n'));
  text.erase(text.find_last_not_of(" \n") + 1);
  return text + "\n";
}

}  // namespace xgrad::detail
