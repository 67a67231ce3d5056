#pragma once
// A place to record a function of Arrays, and to drop it again.

#include <optional>
#include <span>

#include "xgrad/autodiff/functional.hpp"
#include "xgrad/tape/tape.hpp"

namespace xgrad::detail {

/// The open tape of this thread, or one of the library's own; what is recorded while it lives is dropped at the end.
class Recording {
 public:
  explicit Recording(Loc loc);
  Vars variables(std::span<const Array> x, Loc loc);
  Var variable(const Array& x, Loc loc);

 private:
  EnableGrad on_;
  TapeState* tape_;
  std::optional<Tape::Scope> scope_;
};

/// The tape on which these Vars (or the open scope) record; null where none does.
TapeState* tape_of(std::span<const Var> vars) noexcept;
/// A leaf of that tape whose gradient can be asked for.
Var variable_on(TapeState* tape, const Array& value, Loc loc);

}  // namespace xgrad::detail
