#pragma once
// Histories as curves, and the best epoch.

#include <optional>
#include <string>

#include "view/plot.hpp"
#include "xgrad/train/history.hpp"

namespace xgrad::detail {

/// A panel for loss and each metric, with a mark at the best epoch, as `History::plot` draws them.
Drawing curves_of(const History& history, const PlotOptions& options, Loc loc);

struct BestEpoch {
  std::string figure;
  int epoch = 0;  // from 1
  double value = 0;
};
/// The best epoch of a figure; of none where nothing is finite.
std::optional<BestEpoch> best_epoch(const History& history, const std::string& figure);
/// That of val_loss, or where there is none, of loss.
std::optional<BestEpoch> best_epoch(const History& history);

}  // namespace xgrad::detail
