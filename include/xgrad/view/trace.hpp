#pragma once
/// \file trace: the whole story of a small graph, forward and backward, in words and numbers.

#include <iosfwd>
#include <string>

#include "xgrad/tape/var.hpp"

namespace xgrad::view {

/// How much a trace tells.
struct TraceOptions {
  std::int64_t elements = 12;  ///< arrays of more elements are abbreviated to their type, range and mean
  std::size_t ops = 200;       ///< of longer graphs this many ops before the result are told
  bool lines = true;           ///< shows the user's lines, where their files can be read
};

/// Prints how a value was computed and how its gradient comes back, one op at a time, on standard output.
///
/// Forward, every op with its formula, in names and then in numbers: `#3 f = sum · y = 5 · 3 = 15`. Backward, every
/// rule likewise, each share that it gives, and where a value is read several times the sum that they make: `gradient
/// of #1 y = 5 + 3 = 8, from #3 and #2`. Ops of a line stand below that line.
///
/// The rules run once more for it; gradients, those of Parameters and those that the tape keeps, stay as they were, and
/// hooks are not called.
/// @param result one element, and every value that it was computed from in memory: of a tape opened with
///        `{.keep_values = true}`, or before handles and sweeps let go of them
/// @throws GraphError where a value is gone; ShapeError for a result of several elements; NotDifferentiable for one
/// that
///         no gradient flows from
void trace(const Var& result, Loc loc = Loc::current());
void trace(const Var& result, std::ostream& out, const TraceOptions& options = {}, Loc loc = Loc::current());
/// The same as text.
std::string trace_text(const Var& result, const TraceOptions& options = {}, Loc loc = Loc::current());

}  // namespace xgrad::view
