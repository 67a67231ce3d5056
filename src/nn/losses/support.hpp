#pragma once
// What the losses share: operands brought to one type and shape, refusals, and the user's line for the ops inside.

#include <string>

#include "xgrad/tape/arg.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad::losses {

inline constexpr double epsilon = 1e-7;

/// While it lives, what is recorded bears the user's line and not one of the library's.
class At : ModeGuard {
 public:
  explicit At(Loc loc) noexcept {
    if (!detail::mode().origin.known()) detail::mode().origin = loc;
  }
};

/// y_true and y_pred of one rank, where one has a last axis of extent 1 that the other lacks: the shorter is given it
/// if it has one axis, else the longer loses it.
void match_ranks(Var& y_true, Var& y_pred);

/// The operand as a Var. @throws NoTape for a trainable parameter where no tape is open
Var as_var(const Arg& a);
/// The value converted, where it is of another type.
Var in_dtype(const Var& v, DType dtype);
/// The value as int64. @param what how a message calls it @throws ArgError for fractions
Array whole_numbers(const char* loss, const char* what, const Array& given, Loc loc);
/// @throws DTypeError, ShapeError unless y_pred is a float of at least one axis
void check_prediction(const char* loss, const Var& y_pred, Loc loc);
/// @throws ArgError unless from 0 to 1
void check_smoothing(const char* loss, double smoothing, Loc loc);

/// The operands of a loss that compares y_true with y_pred place by place.
struct Operands {
  /// @param classes whether the last axis holds classes, so that class numbers in y_true are a likely mistake
  Operands(const char* loss, const Arg& y_true, const Arg& y_pred, bool classes = false)
      : Operands(loss, y_true, as_var(y_pred), y_pred.loc(), classes) {}
  /// With another Var in the place of y_pred.
  Operands(const char* loss, const Arg& y_true, Var prediction, Loc loc, bool classes);
  At at;
  Var t, p;
};

}  // namespace xgrad::losses
