#pragma once
/// \file Where pictures and series have their channels.

#include <string_view>

#include "xgrad/core/location.hpp"

namespace xgrad {

/// "channels_last", [n, h, w, c], as everywhere in the library, or "channels_first", [n, c, h, w]: the layer then turns
/// the axes, works with the channels last, and turns them back; so an activation along an axis goes along the channels.
class DataFormat {
 public:
  DataFormat() noexcept = default;
  /// @throws ArgError for another name than the two
  DataFormat(std::string_view name, Loc loc = Loc::current());                                         // NOLINT
  DataFormat(const char* name, Loc loc = Loc::current()) : DataFormat(std::string_view(name), loc) {}  // NOLINT
  bool channels_first() const noexcept { return first_; }
  /// "channels_last" or "channels_first".
  const char* name() const noexcept { return first_ ? "channels_first" : "channels_last"; }

 private:
  bool first_ = false;
};

}  // namespace xgrad
