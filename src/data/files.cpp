#include "data/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>

namespace xgrad::detail {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Keras's folder; empty where neither KERAS_HOME nor HOME says.
std::string keras_home() {
  std::string keras = variable("KERAS_HOME");
  const std::string home = variable("HOME");
  if (keras == "~" || keras.starts_with("~/")) keras.replace(0, 1, home);
  if (keras.empty() && !home.empty()) keras = home + "/.keras";
  return keras;
}

std::string temporary_folder() {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(none);
  return none ? std::string() : (folder / ".keras").string();
}

/// Whether a folder for all users' files is this user's own, or not there yet.
bool is_ours(const std::string& folder) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return true;
  return S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

/// Whether files can be put into a folder, which may have to be made first (not here).
bool can_be_written(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::path there = std::filesystem::absolute(folder, ignored);
  while (there.has_relative_path() && !std::filesystem::exists(there, ignored)) there = there.parent_path();
  return std::filesystem::is_directory(there, ignored) && ::access(there.c_str(), W_OK | X_OK) == 0;
}

/// For a shell.
std::string quoted(const std::string& text) {
  std::string all = "'";
  for (char c : text) all += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return all + "'";
}

std::string by_hand(const std::string& path, const std::string& url) {
  return "curl -fL --create-dirs -o " + quoted(path) + " " + url;
}

}  // namespace

std::vector<DataFolder> data_folders() {
  std::vector<DataFolder> folders;
  const auto add = [&](const std::string& path, bool cache) {
    for (const DataFolder& folder : folders)
      if (folder.path == path) return;
    folders.push_back({path, cache});
  };
  if (const std::string keras = keras_home(); !keras.empty()) add(keras + "/datasets", true);
  if (const std::string home = variable("HOME"); !home.empty()) add(home + "/.keras/datasets", true);
  if (const std::string temporary = temporary_folder(); !temporary.empty() && is_ours(temporary))
    add(temporary + "/datasets", true);
  if (const std::string data = variable("XGRAD_DATA"); !data.empty()) add(data, false);
  add("/usr/share/datasets", false);
  return folders;
}

std::string cache_folder() {
  const std::string keras = keras_home(), temporary = temporary_folder();
  std::string first;
  for (const std::string& home : {keras, temporary}) {
    if (home.empty() || (home == temporary && !is_ours(home))) continue;
    const std::string folder = home + "/datasets";
    if (first.empty()) first = folder;
    if (can_be_written(folder)) return folder;
  }
  return first.empty() ? "datasets" : first;  // whoever writes there will say why it cannot be
}

std::string find_data(const std::vector<std::string>& names, bool folder) {
  for (const DataFolder& base : data_folders()) {
    for (const std::string& name : names) {
      const std::string path = base.path + "/" + name;
      std::error_code ignored;
      if (folder ? std::filesystem::is_directory(path, ignored) : std::filesystem::is_regular_file(path, ignored))
        return path;
    }
  }
  return {};
}

Found find_file(const RemoteFile& file) {
  Found found;
  std::vector<std::string> names{file.name};
  names.insert(names.end(), file.other_names.begin(), file.other_names.end());
  for (const DataFolder& base : data_folders()) {
    for (const std::string& name : names) {
      const std::string path = base.path + "/" + name;
      std::error_code ignored;
      if (!std::filesystem::is_regular_file(path, ignored)) continue;
      const std::string fault = base.cache ? fault_of(path, file) : std::string();
      if (fault.empty()) {
        found.path = path;
        return found;
      }
      if (found.damaged.empty()) found.damaged = path, found.fault = fault;
    }
  }
  return found;
}

Obtained obtain(const char* data_set, const RemoteFile& file) {
  Obtained result{find_file(file), {}};
  if (!result.path().empty()) return result;
  result.fetched = fetch_file(data_set, file, cache_folder());
  result.found.path = result.fetched.path;
  if (!result.found.damaged.empty() && !result.path().empty())
    say_once(data_set,
             result.found.damaged + " was not what it should be (" + result.found.fault + "), and was fetched anew");
  return result;
}

void missing_data(const char* data_set, const RemoteFile& file, const Obtained& obtained, Loc loc) {
  std::string got;
  for (const DataFolder& folder : data_folders()) got += (got.empty() ? "none in " : ", ") + folder.path;
  if (!obtained.found.damaged.empty())
    got = obtained.found.damaged + ", which is damaged (" + obtained.found.fault + ")";
  std::string tried;
  for (const std::string& problem : obtained.fetched.problems) tried += "\n  " + problem;
  throw IoError(data_set,
                "needs the file " + file.name + "; got " + got + ", and could not fetch it. By hand: " +
                    by_hand(cache_folder() + "/" + file.name, file.urls.front()),
                loc, tried);
}

std::string need_data(const char* data_set, const RemoteFile& file, Loc loc) {
  const Obtained obtained = obtain(data_set, file);
  if (obtained.path().empty()) missing_data(data_set, file, obtained, loc);
  return obtained.path();
}

void say_once(const char* data_set, const std::string& sentence) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::lock_guard lock(mutex);
  if (said.insert(data_set + (":" + sentence)).second)
    std::fprintf(stderr, "xgrad::datasets::%s: %s\n", data_set, sentence.c_str());
}

}  // namespace xgrad::detail
