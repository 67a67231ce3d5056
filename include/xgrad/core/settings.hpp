#pragma once
/// \file Settings: what a thing is made of, by name, as files keep it.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xgrad/core/location.hpp"
#include "xgrad/core/shape.hpp"

namespace xgrad {

namespace detail {
struct Json;
struct SettingsFile;
template <class T, class... U>
concept OneOf = (std::same_as<T, U> || ...);
template <class T>
concept SettingValue = OneOf<T, bool, int, std::int64_t, std::uint64_t, double, std::string, Shape, std::vector<int>,
                             std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>>;
}  // namespace detail

/// The settings of a layer, loss, …, on their way to a file or from one. The same code does both:
///
/// ```cpp
/// void settings(Settings& s) override { s("units", units_)("activation", activation_)("rate", rate_); }
/// ```
/// Writing notes each value under its name; reading replaces each value that the file has, and leaves the others as
/// they are, so that a setting that is new has its default for old files. A setting that a file has and nobody asks for
/// is an error: it would be lost.
class Settings {
 public:
  Settings(const Settings&) = default;
  /// Whether values come from a file.
  bool reading() const noexcept;
  /// The user's line, for errors.
  Loc loc() const noexcept;
  /// Whether (reading) the file has a setting of this name.
  bool has(std::string_view name) const;

  /// @name One setting
  /// A truth value, number, text, shape, or list of numbers or texts; what may be missing; or what has settings itself.
  /// @throws IoError for a value of another kind, naming the file and the setting
  /// @{
  template <detail::SettingValue T>
  Settings& operator()(std::string_view name, T& value);
  /// Null in the file where there is none.
  template <class T>
  Settings& operator()(std::string_view name, std::optional<T>& value);
  /// Of what has settings of its own.
  template <class T>
  requires requires(T& t, Settings& s) { t.settings(s); }
  Settings& operator()(std::string_view name, T& value) {
    Settings inner = member(name);
    if (inner.node_) value.settings(inner);
    return *this;
  }
  /// @}

  // --- for things of which there are several kinds ---
  /// This value as a whole: nothing (null), where `there` is false.
  void nothing(bool& there);
  /// The kind, beside its "config".
  std::string kind(std::string_view name = {});
  /// What is told of the kind.
  Settings config() { return member("config"); }
  /// A setting with settings of its own; without a node where (reading) there is none.
  Settings member(std::string_view name);
  explicit operator bool() const noexcept { return node_ != nullptr; }
  /// A list: (writing) adds an element; (reading) the elements.
  Settings append(std::string_view name);
  std::vector<Settings> elements(std::string_view name);

  /// Refuses what is here. @throws IoError reading, ArgError writing: "needs …; got …", with the place in the file
  [[noreturn]] void refuse(const std::string& needs, const std::string& got) const;
  /// @throws IoError where the file has settings that nobody asked for
  void finish() const;

 private:
  friend struct detail::SettingsFile;
  Settings(detail::SettingsFile* file, detail::Json* node, std::string path)
      : file_(file), node_(node), path_(std::move(path)) {}
  bool null(std::string_view name, bool there);

  detail::SettingsFile* file_;
  detail::Json* node_;
  std::string path_;  // "layers[1].config"
};

template <class T>
Settings& Settings::operator()(std::string_view name, std::optional<T>& value) {
  if (reading()) {
    if (!has(name)) return *this;
    if (null(name, true)) {
      value.reset();
      return *this;
    }
    if (!value) value.emplace();
    return (*this)(name, *value);
  }
  if (value) return (*this)(name, *value);
  null(name, false);
  return *this;
}

}  // namespace xgrad
