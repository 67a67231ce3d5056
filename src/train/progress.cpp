#include "train/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace xgrad::detail {

namespace {

bool on_terminal() {
#if defined(__unix__) || defined(__APPLE__)
  return isatty(STDOUT_FILENO) != 0;
#else
  return false;
#endif
}

template <class... Args>
std::string text(const char* format, Args... args) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, args...);
  return buffer;
}

std::string repeated(const char* cell, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += cell;
  return all;
}

}  // namespace

std::string figures_text(const Logs& logs) {
  std::string all;
  for (const auto& [name, value] : logs)
    all += " - " + name + ": " + (std::abs(value) > 1e-3 ? text("%.4f", value) : text("%.4e", value));
  return all;
}

std::string duration_text(double seconds) {
  const auto s = static_cast<long>(seconds);
  if (s > 3600) return text("%ld:%02ld:%02ld", s / 3600, s % 3600 / 60, s % 60);
  if (s > 60) return text("%ld:%02ld", s / 60, s % 60);
  return text("%lds", s);
}

std::string per_step_text(double seconds) {
  if (seconds >= 1 || seconds == 0) return text("%.0fs/step", seconds);
  if (seconds >= 1e-3) return text("%.0fms/step", seconds * 1e3);
  return text("%.0fus/step", seconds * 1e6);
}

Progress::Progress(int verbose, int epochs, std::int64_t steps)
    : verbose_(verbose < 0 ? (on_terminal() ? 1 : 2) : verbose),
      epochs_(epochs),
      steps_(steps),
      colours_(on_terminal()) {}

void Progress::begin_epoch(int epoch) {
  begin_ = after_first_ = now_ = Clock::now();
  drawn_ = begin_ - std::chrono::seconds(1);
  done_ = 0;
  width_ = 0;
  if (verbose_ != 0 && epochs_ > 1) std::printf("Epoch %d/%d\n", epoch + 1, epochs_);
}

void Progress::note(std::int64_t done) {
  now_ = Clock::now();
  if (done == 1) after_first_ = now_;
  done_ = done;
}

bool Progress::due(std::int64_t done) {
  if (verbose_ == 0) return false;
  note(done);
  return verbose_ == 1 && (done < steps_ || steps_ == 0) && now_ - drawn_ > std::chrono::milliseconds(50);
}

void Progress::step(std::int64_t done, const Logs& logs) {
  if (verbose_ != 1) return;
  note(done);
  if ((done >= steps_ && steps_ > 0) || now_ - drawn_ <= std::chrono::milliseconds(50)) return;
  draw(done, logs, false);
}

void Progress::draw(std::int64_t done, const Logs& logs, bool last) {
  drawn_ = now_;
  const auto seconds = [](auto span) { return std::chrono::duration<double>(span).count(); };
  // The first step, which builds and warms, is left out of the estimate.
  const double per_step = done > 1 ? seconds(now_ - after_first_) / static_cast<double>(done - 1)
                                   : seconds(now_ - begin_) / static_cast<double>(std::max<std::int64_t>(done, 1));
  // How many steps an epoch of a source has, is known at its end.
  const bool known = steps_ > 0 || last;
  const std::string total = known ? std::to_string(std::max(steps_, done)) : "Unknown", now = std::to_string(done);
  const std::string count = std::string(total.size() - std::min(total.size(), now.size()), ' ') + now + "/" + total;
  const int cells = steps_ > 0 ? static_cast<int>(20 * done / steps_) : 20;
  const std::string time = last || !known ? text("%.0fs", seconds(now_ - begin_))
                                          : duration_text(per_step * static_cast<double>(steps_ - done));
  const std::string values = figures_text(logs);
  if (verbose_ == 2) {
    std::printf("%s - %s - %s%s\n", count.c_str(), time.c_str(), per_step_text(per_step).c_str(), values.c_str());
    std::fflush(stdout);
    return;
  }
  const char *bold = colours_ ? "\x1b[1m" : "", *green = colours_ ? "\x1b[32m" : "",
             *white = colours_ ? "\x1b[37m" : "", *plain = colours_ ? "\x1b[0m" : "";
  std::string line = bold + count + plain + " ";
  if (cells > 0) line += green + repeated("━", cells) + plain;
  if (cells < 20) line += white + repeated("━", 20 - cells) + plain;
  line += std::string(" ") + bold + time + plain + " " + per_step_text(per_step) + values;
  const std::size_t width = count.size() + 22 + time.size() + 1 + per_step_text(per_step).size() + values.size();
  if (width < width_) line += std::string(width_ - width, ' ');
  width_ = width;
  std::printf("\r%s%s", line.c_str(), last ? "\n" : "");
  std::fflush(stdout);
}

void Progress::end_epoch(const Logs& logs) {
  if (verbose_ == 0) return;
  now_ = Clock::now();
  draw(done_ > 0 ? done_ : steps_, logs, true);
}

}  // namespace xgrad::detail
