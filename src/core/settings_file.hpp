#pragma once
// A tree of settings, as text.

#include <string>
#include <string_view>

#include "core/json.hpp"
#include "xgrad/core/settings.hpp"

namespace xgrad::detail {

/// The root of what is written to, or read from, a file.
struct SettingsFile {
  /// To be written. @param operation,path,loc for errors
  SettingsFile(const char* operation, std::string path, Loc loc);
  /// Read from a text. @throws IoError
  SettingsFile(const char* operation, std::string path, Loc loc, std::string_view text);
  SettingsFile(const SettingsFile&) = delete;
  SettingsFile& operator=(const SettingsFile&) = delete;

  Settings root() { return Settings(this, &json, {}); }
  std::string text() const { return to_text(json); }

  const char* operation;
  std::string path;
  Loc loc;
  bool reading;
  Json json = Json::object();
};

}  // namespace xgrad::detail
