#pragma once
// Keras's progress bar on standard output: redrawn on a terminal, a line an epoch in a log.

#include <chrono>
#include <cstdint>
#include <string>

#include "xgrad/train/history.hpp"

namespace xgrad::detail {

class Progress {
 public:
  /// @param verbose 0: silent, 1: a bar, 2: a line an epoch, −1: 1 on a terminal, else 2 @param steps of an epoch
  Progress(int verbose, int epochs, std::int64_t steps);
  int verbosity() const noexcept { return verbose_; }

  /// Prints "Epoch 2/5" where there are several.
  void begin_epoch(int epoch);
  /// Whether the bar is to be drawn after that many steps: at most every 0.05 s.
  bool due(std::int64_t done);
  void step(std::int64_t done, const Logs& logs);
  /// The final line, with the time that all took.
  void end_epoch(const Logs& logs);

 private:
  using Clock = std::chrono::steady_clock;
  void note(std::int64_t done);
  void draw(std::int64_t done, const Logs& logs, bool last);

  int verbose_, epochs_;
  std::int64_t steps_;
  bool colours_;
  Clock::time_point begin_, after_first_, drawn_, now_;
  std::int64_t done_ = 0;
  std::size_t width_ = 0;  // of what was drawn last
};

/// " - accuracy: 0.9512 - loss: 5.0000e-04"
std::string figures_text(const Logs& logs);
/// "12s", "1:05", "1:00:07": what is left, as Keras says it.
std::string duration_text(double seconds);
/// "2s/step", "15ms/step", "312us/step"
std::string per_step_text(double seconds);

}  // namespace xgrad::detail
