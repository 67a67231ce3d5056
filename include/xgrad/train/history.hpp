#pragma once
/// \file What a training leaves behind: the figures of every epoch.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xgrad/core/error.hpp"

namespace xgrad {

class Settings;

/// A figure's name where one is asked for, and the user's line.
struct FigureName {
  FigureName(const char* text, Loc at = Loc::current()) : name(text), loc(at) {}         // NOLINT
  FigureName(std::string_view text, Loc at = Loc::current()) : name(text), loc(at) {}    // NOLINT
  FigureName(const std::string& text, Loc at = Loc::current()) : name(text), loc(at) {}  // NOLINT
  std::string_view name;
  Loc loc;
};

/// Figures by name, in the order in which they came: what an epoch, or an evaluation, gives.
class Logs {
 public:
  /// Replaces the figure of that name, or adds one at the end.
  void set(std::string_view name, double value);
  /// The figure, or null.
  const double* find(std::string_view name) const noexcept;
  /// The figure. @throws ArgError for an unknown name, with the near ones
  double operator[](FigureName figure) const;
  bool empty() const noexcept { return entries_.empty(); }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }

 private:
  std::vector<std::pair<std::string, double>> entries_;
};

/// How a history is drawn.
struct PlotOptions {
  std::string title = "";
  std::vector<std::string> figures = {};  ///< "loss", "mae", …: a panel each; none: all
  std::string best = "val_loss";          ///< whose best epoch a line marks (without val_loss: loss); "": no line
  bool log_scale = false;                 ///< of the figures; those that are not above 0 are then left out
  int skip_epochs = 0;                    ///< of the first ones, which often dwarf the others
  int width = 0, height = 0;              ///< pixels, on a terminal characters; 0: what suits the panels
};

/// The figures of each epoch of one `fit`.
///
/// ```cpp
/// History history = model.fit(x, y, {.epochs = 5, .validation_split = 0.1});
/// double last = history["val_loss"].back();
/// ```
/// Keys stand as in Keras: of training in alphabetical order, then val_ ones, then those that callbacks add. A figure
/// that some epochs lack has fewer entries.
class History {
 public:
  /// The numbers of the epochs, from 0.
  const std::vector<int>& epochs() const noexcept { return epochs_; }
  /// One figure over the epochs. @throws ArgError for an unknown name, with the near ones
  const std::vector<double>& operator[](FigureName figure) const;
  bool has(std::string_view name) const noexcept;
  /// All names, in order.
  std::vector<std::string> names() const;

  /// The epochs that have a figure, from 0, one for each of its entries.
  const std::vector<int>& epochs(FigureName figure) const;

  /// Draws loss and metrics over the epochs (counted from 1): training as points, validation as a line, and a vertical
  /// line at the epoch of the best `options.best`.
  /// @param path .svg and .png are drawn by gnuplot; .csv and .json hold all figures to the last bit, whatever the
  ///   options (epochs as `epochs()` counts them, from 0; what is no finite number is null in JSON); none: to the
  ///   terminal, in characters, or as a table where there is no gnuplot
  /// @throws ArgError for another ending, an unknown figure, or where nothing is finite; IoError where the file cannot
  ///   be written, or gnuplot is missing, fails, or takes more than a minute: then the old file is as it was
  void plot(const std::string& path = "", const PlotOptions& options = {}, Loc loc = Loc::current()) const;

  /// Adds an epoch.
  void add(int epoch, const Logs& logs);
  /// For files.
  void settings(Settings& s);

 private:
  struct Figure {
    std::string name;
    std::vector<double> values;
    std::vector<int> epochs;
  };
  const Figure& figure(const FigureName& name) const;
  std::vector<int> epochs_;
  std::vector<Figure> figures_;
};

/// Several trainings in one plot, a colour and a line at the best epoch for each:
/// `plot({{"small", a}, {"big", b}}, "compare.svg")`. Forms and errors are those of `History::plot`; a table names the
/// run of each line.
void plot(const std::vector<std::pair<std::string, History>>& runs, const std::string& path = "",
          const PlotOptions& options = {}, Loc loc = Loc::current());

/// What `evaluate` gives: the loss, and each metric by its name.
struct Evaluation {
  double loss = 0;
  Logs logs = {};  ///< "loss" first, then the metrics as they were given to compile
  double operator[](FigureName figure) const { return logs[figure]; }
};

}  // namespace xgrad
