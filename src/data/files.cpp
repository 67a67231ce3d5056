#include "data/files.hpp"

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

std::string joined(const std::vector<std::string>& folders) {
  std::string list;
  for (const std::string& folder : folders) list += (list.empty() ? "" : ", ") + folder;
  return list;
}

}  // namespace

std::vector<std::string> data_folders() {
  std::vector<std::string> folders;
  const std::string home = variable("HOME");
  if (std::string keras = variable("KERAS_HOME"); !keras.empty()) {
    if (keras == "~" || keras.starts_with("~/")) keras.replace(0, 1, home);
    folders.push_back(keras + "/datasets");
  }
  if (!home.empty()) folders.push_back(home + "/.keras/datasets");
  if (const std::string data = variable("XGRAD_DATA"); !data.empty()) folders.push_back(data);
  folders.push_back("/usr/share/datasets");
  return folders;
}

std::string find_data(const std::vector<std::string>& names, bool folder) {
  for (const std::string& base : data_folders()) {
    for (const std::string& name : names) {
      const std::string path = base + "/" + name;
      std::error_code ignored;
      if (folder ? std::filesystem::is_directory(path, ignored) : std::filesystem::is_regular_file(path, ignored))
        return path;
    }
  }
  return {};
}

void missing_data(const char* data_set, const std::string& name, const std::string& url, Loc loc) {
  const std::vector<std::string> folders = data_folders();
  const std::string& to = folders.front();
  throw IoError(data_set,
                "needs the file " + name + "; got none in " + joined(folders) + ". Put " + url + " into " + to +
                    " as " + name + ": curl -fL --create-dirs -o '" + to + "/" + name + "' " + url,
                loc);
}

std::string need_data(const char* data_set, const std::string& name, const std::string& url, Loc loc) {
  std::string path = find_data(name);
  if (path.empty()) missing_data(data_set, name, url, loc);
  return path;
}

void say_shipped(const char* data_set, const std::string& sentence) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::lock_guard lock(mutex);
  if (said.insert(data_set).second) std::fprintf(stderr, "xgrad::datasets::%s: %s\n", data_set, sentence.c_str());
}

}  // namespace xgrad::detail
