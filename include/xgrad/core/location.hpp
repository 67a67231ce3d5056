#pragma once
/// \file Where in the user's source something was written.

namespace xgrad {

/// A source location: the file and line of the user's own call. Errors, drawings and traces carry it.
///
/// The compiler fills it in through default arguments: a function that takes `Loc loc = Loc::current()` receives the
/// line of its caller. (`std::source_location` is missing from clang 14's library, and the ABI must be the same for
/// every compiler.)
struct Loc {
  const char* file = "";
  unsigned line = 0;

  static constexpr Loc current(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) noexcept {
    return {file, line};
  }
  constexpr bool known() const noexcept { return line != 0; }
};

}  // namespace xgrad
