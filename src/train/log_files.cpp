// Callbacks that keep a log of the epochs.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/json.hpp"
#include "xgrad/core/settings.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/train/callback.hpp"
#include "xgrad/train/model.hpp"

namespace xgrad {

namespace {

using detail::LineFile;

[[noreturn]] void refuse(const char* callback, const std::string& path) {
  throw IoError(callback, "needs a file that can be written; got " + path, detail::user_line());
}

std::uint64_t size_of_file(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed ? 0 : size;
}

/// Says at once whether the file can be written, and leaves what is there.
void begin(LineFile& file, const char* callback, const std::string& path, bool append) {
  file = {.size = append ? size_of_file(path) : 0};
  if (!std::ofstream(path, std::ios::app)) refuse(callback, path);
}

/// Cuts the file to what is kept, once.
void cut(LineFile& file, const char* callback, const std::string& path) {
  if (file.begun) return;
  std::error_code failed;
  std::filesystem::resize_file(path, std::min(file.size, size_of_file(path)), failed);
  if (failed) refuse(callback, path);
  file.begun = true;
}

void add(LineFile& file, const char* callback, const std::string& path, const std::string& line) {
  cut(file, callback, path);
  std::ofstream out(path, std::ios::app);
  out << line;
  if (!out.flush()) refuse(callback, path);
  file.size += line.size();
}

void exchange(Settings& seen, LineFile& file) {
  seen("size", file.size);
  if (seen.reading()) file.begun = false;
}

}  // namespace

// --- CSVLogger ---

void CSVLogger::on_train_begin(TrainingRun&) {
  *state = State{};
  begin(state->file, "CSVLogger", filename, append);
  state->header = state->file.size == 0;
}

void CSVLogger::on_epoch_end(TrainingRun&, int epoch, Logs& logs) {
  State& s = *state;
  std::string line;
  if (s.keys.empty()) {
    for (const auto& [name, value] : logs) s.keys.push_back(name);
    std::sort(s.keys.begin(), s.keys.end());
    const bool validated =
        std::any_of(s.keys.begin(), s.keys.end(), [](const auto& k) { return k.starts_with("val_"); });
    if (!validated)  // an epoch to come may be
      for (std::size_t i = 0, n = s.keys.size(); i < n; ++i) s.keys.push_back("val_" + s.keys[i]);
    if (s.header) {
      line += "epoch";
      for (const std::string& key : s.keys) line += separator + key;
      line += "\r\n";
    }
  }
  line += std::to_string(epoch);
  for (const std::string& key : s.keys) {
    const double* value = logs.find(key);
    char text[40] = "NA";
    if (value) std::snprintf(text, sizeof text, "%.17g", *value);
    line += separator + text;
  }
  add(s.file, "CSVLogger", filename, line + "\r\n");
}

void CSVLogger::on_train_end(TrainingRun&) { cut(state->file, "CSVLogger", filename); }

void CSVLogger::on_backup(Settings& seen, std::vector<Array>&) {
  exchange(seen, state->file);
  seen("keys", state->keys)("header", state->header);
}

// --- JSONLogger ---

void JSONLogger::on_train_begin(TrainingRun&) { begin(*file, "JSONLogger", filename, append); }

void JSONLogger::on_epoch_end(TrainingRun&, int epoch, Logs& logs) {
  detail::Json line = detail::Json::object();
  line["epoch"] = detail::Json::of(static_cast<std::int64_t>(epoch));
  for (const auto& [name, value] : logs) line[name] = std::isfinite(value) ? detail::Json::of(value) : detail::Json{};
  add(*file, "JSONLogger", filename, to_text(line) + "\n");
}

void JSONLogger::on_train_end(TrainingRun&) { cut(*file, "JSONLogger", filename); }
void JSONLogger::on_backup(Settings& seen, std::vector<Array>&) { exchange(seen, *file); }

}  // namespace xgrad
