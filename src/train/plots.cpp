// Histories as curves and tables.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include "core/atomic_file.hpp"
#include "core/json.hpp"
#include "train/plots.hpp"
#include "xgrad/train/cross_validation.hpp"
#include "xgrad/train/history.hpp"
#include "xgrad/train/metric.hpp"

namespace xgrad {

namespace {

using detail::Curve;
using detail::Drawing;
using detail::Json;
using detail::Panel;

using Runs = std::vector<std::pair<std::string, History>>;

constexpr const char* operation = "plot";

std::string base_of(const std::string& figure) { return figure.starts_with("val_") ? figure.substr(4) : figure; }

/// The panels: "loss" first, then the metrics, without "val_".
std::vector<std::string> bases(const Runs& runs, const PlotOptions& o, Loc loc) {
  std::vector<std::string> all;
  for (const auto& [run, history] : runs)
    for (const std::string& name : history.names()) {
      const std::string base = base_of(name);
      if (std::find(all.begin(), all.end(), base) == all.end()) all.push_back(base);
    }
  std::stable_partition(all.begin(), all.end(), [](const std::string& name) { return name == "loss"; });
  if (o.figures.empty()) return all;
  std::vector<std::string> wanted;
  for (const std::string& name : o.figures) {
    const bool known = std::any_of(runs.begin(), runs.end(), [&](const auto& r) {
      return r.second.has(base_of(name)) || r.second.has("val_" + base_of(name));
    });
    if (!known && !runs.empty()) runs.front().second[FigureName(name, loc)];  // says what there is
    wanted.push_back(base_of(name));
  }
  return wanted;
}

void add_curve(Panel& panel, const History& h, const std::string& figure, const std::string& name, int colour,
               bool points, const PlotOptions& o) {
  if (!h.has(figure)) return;
  Curve c{.name = name, .x = {}, .y = {}, .colour = colour, .points = points};
  const std::vector<int>& epochs = h.epochs(figure);
  const std::vector<double>& values = h[figure];
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (epochs[i] < o.skip_epochs) continue;
    c.x.push_back(epochs[i] + 1);
    c.y.push_back(values[i]);
  }
  if (!c.x.empty()) panel.curves.push_back(std::move(c));
}

/// Whether more of a figure is better; of those that are not the library's, less is.
bool rises(std::string base) {
  const auto number = base.find_last_not_of("0123456789");  // "precision_1"
  if (number != std::string::npos && number + 1 < base.size() && base[number] == '_') base.resize(number);
  const std::vector<std::string> known = metric_names();
  return std::find(known.begin(), known.end(), base) != known.end() && Metric(base).direction() == Direction::up;
}

/// The best epoch of a curve, counted from 1; NaN where there is none.
double best_of(const std::vector<int>& epochs, const std::vector<double>& values, const std::string& figure) {
  const bool up = rises(base_of(figure));
  double best = std::numeric_limits<double>::quiet_NaN(), at = best;
  for (std::size_t i = 0; i < values.size() && i < epochs.size(); ++i)
    if (std::isfinite(values[i]) && (std::isnan(best) || (up ? values[i] > best : values[i] < best))) {
      best = values[i];
      at = epochs[i] + 1;
    }
  return at;
}

/// The figure whose best epoch is marked: the one asked for, which must be there; else val_loss, else loss, else none.
std::string marked(const History& h, const PlotOptions& o, Loc loc) {
  if (o.best.empty() || h.has(o.best)) return o.best;
  if (o.best != PlotOptions{}.best) (void)h[FigureName(o.best, loc)];  // says what there is
  return h.has("loss") ? "loss" : "";
}

/// @param run names the line where there are several
void mark_best(Drawing& d, double at, const std::string& run, int colour, const PlotOptions& o) {
  if (std::isnan(at) || at <= o.skip_epochs) return;
  char text[40];
  std::snprintf(text, sizeof text, "best: epoch %.0f", at);
  for (Panel& p : d.panels)
    p.marks.push_back({.at = at, .name = run.empty() ? text : run + " " + text, .colour = colour});
}

Drawing drawing_of(const Runs& runs, const PlotOptions& o, Loc loc) {
  Drawing d{.title = o.title, .panels = {}, .log_scale = o.log_scale, .width = o.width, .height = o.height};
  const bool one = runs.size() == 1;
  for (const std::string& base : bases(runs, o, loc)) {
    Panel panel{.title = base, .curves = {}};
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto& [name, history] = runs[i];
      const int colour = static_cast<int>(i);
      add_curve(panel, history, base, one ? "training" : name + " training", one ? 0 : colour, true, o);
      add_curve(panel, history, "val_" + base, one ? "validation" : name + " validation", one ? 1 : colour, false, o);
    }
    // Without validation, the points would stand alone: a line then.
    const bool validated =
        std::any_of(panel.curves.begin(), panel.curves.end(), [](const Curve& c) { return !c.points; });
    if (!validated)
      for (Curve& c : panel.curves) c.points = false;
    if (!panel.curves.empty()) d.panels.push_back(std::move(panel));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& [name, history] = runs[i];
    const std::string figure = marked(history, o, loc);
    if (!figure.empty())
      mark_best(d, best_of(history.epochs(figure), history[figure], figure), name, one ? -1 : static_cast<int>(i), o);
  }
  return d;
}

std::string exact(double v) {
  return std::isfinite(v) ? to_text(Json::of(v)) : std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
}

/// One line an epoch (and a run), a column a figure; empty where an epoch lacks one.
std::string csv_of(const Runs& runs, bool named) {
  std::vector<std::string> columns;
  for (const auto& [run, history] : runs)
    for (const std::string& name : history.names())
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  const auto field = [](const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
  };
  std::string csv = named ? "run,epoch" : "epoch";
  for (const std::string& column : columns) csv += "," + field(column);
  csv += "\r\n";
  for (const auto& [run, history] : runs)
    for (int epoch : history.epochs()) {
      csv += (named ? field(run) + "," : "") + std::to_string(epoch);
      for (const std::string& column : columns) {
        csv += ",";
        if (!history.has(column)) continue;
        const std::vector<int>& of = history.epochs(column);
        const auto at = std::find(of.begin(), of.end(), epoch);
        if (at != of.end()) csv += exact(history[column][static_cast<std::size_t>(at - of.begin())]);
      }
      csv += "\r\n";
    }
  return csv;
}

/// Of each run {"name", "epochs", "figures": {name: {"epochs", "values"}}}; what JSON has no number for is null.
std::string json_of(const Runs& runs) {
  std::vector<Json> all;
  const auto whole = [](const std::vector<int>& list) {
    std::vector<Json> items;
    for (int i : list) items.push_back(Json::of(static_cast<std::int64_t>(i)));
    return Json::list_of(std::move(items));
  };
  for (const auto& [name, history] : runs) {
    Json run = Json::object();
    run["name"] = Json::of(name);
    run["epochs"] = whole(history.epochs());
    Json figures = Json::object();
    for (const std::string& figure : history.names()) {
      std::vector<Json> values;
      for (double v : history[figure]) values.push_back(std::isfinite(v) ? Json::of(v) : Json{});
      figures[figure] = Json::object();
      figures[figure]["epochs"] = whole(history.epochs(figure));
      figures[figure]["values"] = Json::list_of(std::move(values));
    }
    run["figures"] = std::move(figures);
    all.push_back(std::move(run));
  }
  Json document = Json::object();
  document["runs"] = Json::list_of(std::move(all));
  return to_text(document) + "\n";
}

/// What the folds have of a figure in each epoch: some may have stopped earlier than others.
std::map<int, std::vector<double>> by_epoch(const std::vector<History>& folds, const std::string& figure) {
  std::map<int, std::vector<double>> all;
  for (const History& h : folds)
    if (h.has(figure))
      for (std::size_t i = 0; i < h[figure].size(); ++i) all[h.epochs(figure)[i]].push_back(h[figure][i]);
  return all;
}

std::pair<double, double> mean_and_stddev(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (double v : values) sum += v;
  const double n = static_cast<double>(values.size()), mean = sum / n;
  for (double v : values) squares += (v - mean) * (v - mean);
  return {mean, std::sqrt(squares / n)};
}

void write_text(const std::string& path, const std::string& text, Loc loc) {
  detail::AtomicFile file(path, operation, loc);
  file.write(text.data(), text.size());
  file.commit();
}

/// @param named whether tables name the runs @param drawing made where it is wanted
template <class MakeDrawing>
void put(const Runs& runs, bool named, const std::string& path, const PlotOptions& o, MakeDrawing&& drawing, Loc loc) {
  for (const auto& [name, history] : runs)
    if (history.epochs().empty())
      throw ArgError(operation,
                     "needs a history of at least one epoch; got none" + (named ? " for '" + name + "'" : ""), loc);
  if (runs.empty()) throw ArgError(operation, "needs at least one history; got none", loc);
  if (o.width < 0 || o.height < 0 || o.skip_epochs < 0)
    throw ArgError(operation,
                   "needs a width, a height and a number of epochs to skip that are not negative; got " +
                       std::to_string(o.width) + ", " + std::to_string(o.height) + " and " +
                       std::to_string(o.skip_epochs),
                   loc);
  if (path.empty()) {
    std::fputs(draw_text(drawing()).c_str(), stdout);
    std::fflush(stdout);
  } else if (path.ends_with(".csv")) {
    write_text(path, csv_of(runs, named), loc);
  } else if (path.ends_with(".json")) {
    write_text(path, json_of(runs), loc);
  } else if (path.ends_with(".svg") || path.ends_with(".png")) {
    draw(drawing(), operation, path, loc);
  } else {
    throw ArgError(operation, "needs a path that ends in .svg, .png, .csv or .json; got '" + path + "'", loc);
  }
}

}  // namespace

detail::Drawing detail::curves_of(const History& history, const PlotOptions& options, Loc loc) {
  return drawing_of({{"", history}}, options, loc);
}

std::optional<detail::BestEpoch> detail::best_epoch(const History& history, const std::string& figure) {
  const std::vector<int>& epochs = history.epochs(figure);
  const double at = best_of(epochs, history[figure], figure);
  for (std::size_t i = 0; i < epochs.size(); ++i)
    if (epochs[i] + 1 == at) return BestEpoch{figure, epochs[i] + 1, history[figure][i]};
  return {};
}

std::optional<detail::BestEpoch> detail::best_epoch(const History& history) {
  const std::string figure = marked(history, {}, {});
  return figure.empty() ? std::nullopt : best_epoch(history, figure);
}

void History::plot(const std::string& path, const PlotOptions& options, Loc loc) const {
  const Runs runs{{"", *this}};
  put(
      runs, false, path, options, [&] { return drawing_of(runs, options, loc); }, loc);
}

void plot(const Runs& runs, const std::string& path, const PlotOptions& options, Loc loc) {
  put(
      runs, true, path, options, [&] { return drawing_of(runs, options, loc); }, loc);
}

void CrossValidation::plot(const std::string& path, const PlotOptions& o, Loc loc) const {
  Runs runs;
  for (std::size_t i = 0; i < histories.size(); ++i) runs.emplace_back("fold " + std::to_string(i + 1), histories[i]);
  const auto add_band = [&](Panel& panel, const std::string& figure, const char* name, int colour) {
    Curve c{.name = name, .x = {}, .y = {}, .colour = colour};
    for (const auto& [epoch, values] : by_epoch(histories, figure)) {
      if (epoch < o.skip_epochs) continue;
      const auto [mean, stddev] = mean_and_stddev(values);
      c.x.push_back(epoch + 1);
      c.y.push_back(mean);
      c.low.push_back(mean - stddev);
      c.high.push_back(mean + stddev);
    }
    if (!c.x.empty()) panel.curves.push_back(std::move(c));
  };
  const auto drawing = [&] {
    Drawing d{.title = o.title, .panels = {}, .log_scale = o.log_scale, .width = o.width, .height = o.height};
    for (const std::string& base : bases(runs, o, loc)) {
      Panel panel{.title = base + ", mean of " + std::to_string(histories.size()) + " folds", .curves = {}};
      add_band(panel, base, "training", 0);
      add_band(panel, "val_" + base, "validation", 1);
      if (!panel.curves.empty()) d.panels.push_back(std::move(panel));
    }
    if (const std::string figure = marked(histories.front(), o, loc); !figure.empty()) {
      std::vector<int> epochs;
      std::vector<double> means;
      for (const auto& [epoch, values] : by_epoch(histories, figure)) {
        epochs.push_back(epoch);
        means.push_back(mean_and_stddev(values).first);
      }
      mark_best(d, best_of(epochs, means, figure), "", -1, o);
    }
    return d;
  };
  put(runs, true, path, o, drawing, loc);
}

}  // namespace xgrad
