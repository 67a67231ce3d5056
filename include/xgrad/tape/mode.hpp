#pragma once
/// \file How ops run on this thread: recording or not, fused or not, checked or not, training or not.

#include <cstdint>
#include <string_view>

#include "xgrad/core/location.hpp"

namespace xgrad {

namespace detail {
struct TapeState;

/// Everything that changes what an op does. One struct, so that a replay (checkpoint) can restore all of it.
struct Mode {
  bool grad = true;        // record what a gradient may flow through
  bool fusion = true;      // fused ops stay one node; false: they record their decomposition
  bool training = false;   // dropout and its kin act
  bool check_nan = false;  // anomaly mode
  bool check_inf = false;
  TapeState* tape = nullptr;        // the innermost open scope's
  const char* path = nullptr;       // "encoder/dense_1", interned
  Loc origin;                       // the user's line, while a layer or a vjp records for it
  std::uint64_t random_stream = 0;  // the next draw's place in the generator's sequence
  std::uint64_t random_seed = 0;
};
inline Mode& mode() noexcept {
  static thread_local Mode m;
  return m;
}
/// The line that an error should name: the user's, where a layer or a replay knows it.
inline Loc user_line(Loc otherwise = Loc::current()) noexcept {
  return mode().origin.known() ? mode().origin : otherwise;
}
}  // namespace detail

/// Restores the thread's mode when it goes: the base of the guards below.
class ModeGuard {
 public:
  ModeGuard() noexcept : saved_(detail::mode()) {}
  ~ModeGuard() {
    // What was drawn stays drawn.
    saved_.random_stream = detail::mode().random_stream;
    saved_.random_seed = detail::mode().random_seed;
    detail::mode() = saved_;
  }
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  detail::Mode saved_;
};

/// While it lives, nothing is recorded on this thread: ops only compute.
class NoGrad : ModeGuard {
 public:
  NoGrad() noexcept { detail::mode().grad = false; }
};

/// While it lives, recording is on again inside a NoGrad.
class EnableGrad : ModeGuard {
 public:
  EnableGrad() noexcept { detail::mode().grad = true; }
};

/// While it lives, fused ops are recorded as one node (true, the default) or as the primitive ops they stand for
/// (false).
class Fusion : ModeGuard {
 public:
  explicit Fusion(bool on) noexcept { detail::mode().fusion = on; }
};

/// While it lives, dropout and its kin act (true) or pass through (false, the default).
class Training : ModeGuard {
 public:
  explicit Training(bool on = true) noexcept { detail::mode().training = on; }
};

/// While it lives, the first NaN (and infinity, if asked) in any op's result or any gradient throws NonFiniteError with
/// the op, its label and the user's line.
class Anomaly : ModeGuard {
 public:
  explicit Anomaly(bool check_inf = false) noexcept {
    detail::mode().check_nan = true;
    detail::mode().check_inf = check_inf;
  }
};

/// While it lives, nodes carry this name in front of their own: "encoder/dense_1".
class LabelScope : ModeGuard {
 public:
  explicit LabelScope(std::string_view name);
};

}  // namespace xgrad
