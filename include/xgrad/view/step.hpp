#pragma once
/// \file step: a graph played in the terminal, one op and then one rule at a time.

#include <iosfwd>

#include "xgrad/tape/var.hpp"

namespace xgrad::view {

/// Plays how a value was computed and how its gradient comes back, as commands from standard input ask, a line each.
///
/// | command | what it does |
/// |---|---|
/// | `next [n]` | the next op, or the next rule; n of them |
/// | `back [n]` | takes back the last |
/// | `continue [X]` | goes on until something happens at X, or else to the result, and then to the end |
/// | `print X` | the value of X, and its gradient as far as it has arrived |
/// | `where` | the user's line, with its surroundings |
/// | `list` | every node, and where the play stands |
/// | `help`, `quit` | |
///
/// The beginnings of their names do as well: `n`, `b`, `c`, `p`, `w`, `l`, `h`, `q`. An empty line repeats the last
/// command. X is a label, or a node's number with or without `#`. What cannot be understood is said, and nothing
/// changes. The end of the input ends it, and so does Ctrl-C, as in any program: the terminal is left as it was.
///
/// All rules have run before the first command is read, on the side: gradients stay as they were.
/// @param result as `trace` needs it @throws as `trace`
void step(const Var& result, Loc loc = Loc::current());
void step(const Var& result, std::istream& in, std::ostream& out, Loc loc = Loc::current());

}  // namespace xgrad::view
