#pragma once
// Settings of something of which there are several kinds: {"class_name": "L2", "config": {"l2": 0.01}}.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/near.hpp"
#include "xgrad/core/settings.hpp"

namespace xgrad::detail {

/// One of the kinds: its name in files, and its settings.
template <class K>
struct KindOf {
  std::string_view name;
  void (*fields)(Settings&, K&) = [](Settings&, K&) {};
};

/// Stands for what a user wrote, which a file cannot hold.
inline constexpr const char* own_kind = "own";

/// Writes what is held, or makes what the file says.
/// @param held has `K* get<K>()`, null where it holds another, and `set(K)`
/// @param what for errors: "a regularizer"; null where one of the user's own is noted as such, and read back as nothing
/// @return false for one of the user's own
template <class Held, class... K>
bool exchange_kind(Settings& s, const char* what, Held held, const KindOf<K>&... kinds) {
  if (!s.reading()) {
    const auto write = [&]<class T>(const KindOf<T>& kind) {
      T* value = held.template get<T>();
      if (!value) return false;
      s.kind(kind.name);
      Settings config = s.config();
      kind.fields(config, *value);
      return true;
    };
    if ((write(kinds) || ...)) return true;
    if (what) s.refuse(std::string(what) + " of the library", "one of your own");
    s.kind(own_kind);
    return false;
  }
  const std::string name = s.kind();
  const auto read = [&]<class T>(const KindOf<T>& kind) {
    if (kind.name != name) return false;
    T value{};
    Settings config = s.config();
    if (config) kind.fields(config, value);
    held.set(std::move(value));
    return true;
  };
  if ((read(kinds) || ...)) return true;
  if (!what && name == own_kind) return false;
  const std::vector<std::string_view> known{kinds.name...};
  s.refuse(std::string(what ? what : "a kind") + " of the library", "'" + name + "'" + near_matches(name, known));
}

/// An enumeration by the names of its values, in order from 0.
template <class E, std::size_t n>
void exchange_enum(Settings& s, std::string_view name, E& value, const std::string_view (&names)[n]) {
  std::string text(names[static_cast<std::size_t>(value)]);
  s(name, text);
  if (!s.reading()) return;
  for (std::size_t i = 0; i < n; ++i)
    if (names[i] == text) {
      value = static_cast<E>(i);
      return;
    }
  s.refuse("one of the values of '" + std::string(name) + "'", "'" + text + "'" + near_matches(text, names));
}

/// A std::function as what is held.
template <class Function>
struct HeldFunction {
  explicit HeldFunction(Function& f) noexcept : function(f) {}
  Function& function;
  template <class K>
  K* get() {
    return function.template target<K>();
  }
  template <class K>
  void set(K kind) {
    function = std::move(kind);
  }
};

}  // namespace xgrad::detail
