#pragma once
/// \file What can go wrong, by class. Every message names the operation, what it needs, what it got and the user's own
/// line.
///
/// ```
/// Error ─ ShapeError · DTypeError · IndexError · ArgError
///       ─ HandleError: StaleHandle · ForeignTape · NoTape · WrongThread
///       ─ GraphError: GraphFreed · Unreachable · NotDifferentiable · ParamModified · RecomputeMismatch
///       ─ GradcheckError · NonFiniteError · IoError
/// ```

#include <stdexcept>
#include <string>

#include "xgrad/core/location.hpp"

namespace xgrad {

/// The base of everything that xgrad throws (but `std::bad_alloc`).
class Error : public std::runtime_error {
 public:
  /// @param operation the op or function that refuses, e.g. "matmul"
  /// @param problem what it needs and what it got: "needs …; got …"
  /// @param loc the user's line
  /// @param detail further lines: the operands and where they were made
  Error(const char* kind, std::string operation, const std::string& problem, Loc loc, const std::string& detail = {});

  /// The op or function that refused.
  const std::string& operation() const noexcept { return operation_; }
  /// The user's own file and line.
  Loc where() const noexcept { return loc_; }

 private:
  std::string operation_;
  Loc loc_;
};

namespace detail {
/// An error class is its base and its name; the name opens the message.
template <class Base, class Name>
class NamedError : public Base {
 public:
  NamedError(std::string operation, const std::string& problem, Loc loc, const std::string& detail = {})
      : Base(Name::text, std::move(operation), problem, loc, detail) {}

 protected:
  NamedError(const char* kind, std::string operation, const std::string& problem, Loc loc, const std::string& detail)
      : Base(kind, std::move(operation), problem, loc, detail) {}
};
// clang-format off
struct ShapeName { static constexpr const char* text = "ShapeError"; };
struct DTypeName { static constexpr const char* text = "DTypeError"; };
struct IndexName { static constexpr const char* text = "IndexError"; };
struct ArgName { static constexpr const char* text = "ArgError"; };
struct HandleName { static constexpr const char* text = "HandleError"; };
struct StaleHandleName { static constexpr const char* text = "StaleHandle"; };
struct ForeignTapeName { static constexpr const char* text = "ForeignTape"; };
struct NoTapeName { static constexpr const char* text = "NoTape"; };
struct WrongThreadName { static constexpr const char* text = "WrongThread"; };
struct GraphName { static constexpr const char* text = "GraphError"; };
struct GraphFreedName { static constexpr const char* text = "GraphFreed"; };
struct UnreachableName { static constexpr const char* text = "Unreachable"; };
struct NotDifferentiableName { static constexpr const char* text = "NotDifferentiable"; };
struct ParamModifiedName { static constexpr const char* text = "ParamModified"; };
struct RecomputeMismatchName { static constexpr const char* text = "RecomputeMismatch"; };
struct GradcheckName { static constexpr const char* text = "GradcheckError"; };
struct NonFiniteName { static constexpr const char* text = "NonFiniteError"; };
struct IoName { static constexpr const char* text = "IoError"; };
// clang-format on
}  // namespace detail

/// Shapes that an operation cannot take.
using ShapeError = detail::NamedError<Error, detail::ShapeName>;
/// Element types that an operation cannot take, or that do not go together.
using DTypeError = detail::NamedError<Error, detail::DTypeName>;
/// An index or axis out of range.
using IndexError = detail::NamedError<Error, detail::IndexName>;
/// An argument out of its domain.
using ArgError = detail::NamedError<Error, detail::ArgName>;

/// A Var that cannot be used here and now.
using HandleError = detail::NamedError<Error, detail::HandleName>;
/// A Var whose node is gone: its scope ended, its tape was reset, rewound or destroyed.
using StaleHandle = detail::NamedError<HandleError, detail::StaleHandleName>;
/// Operands that belong to different tapes.
using ForeignTape = detail::NamedError<HandleError, detail::ForeignTapeName>;
/// A Parameter used where no tape is open.
using NoTape = detail::NamedError<HandleError, detail::NoTapeName>;
/// A tape used from a thread other than the one that opened it.
using WrongThread = detail::NamedError<HandleError, detail::WrongThreadName>;

/// A gradient that cannot be had.
using GraphError = detail::NamedError<Error, detail::GraphName>;
/// A second sweep over values that the first one freed.
using GraphFreed = detail::NamedError<GraphError, detail::GraphFreedName>;
using GraphFreedError = GraphFreed;
/// A gradient asked for with respect to something the result does not depend on.
using Unreachable = detail::NamedError<GraphError, detail::UnreachableName>;
/// A gradient asked of something that has none: an integer, a constant, a kernel without a differentiable rule.
using NotDifferentiable = detail::NamedError<GraphError, detail::NotDifferentiableName>;
/// A parameter that was changed between a recording and the recomputation that needs its old value.
using ParamModified = detail::NamedError<GraphError, detail::ParamModifiedName>;
/// A checkpointed function that gave another result when it was replayed.
using RecomputeMismatch = detail::NamedError<GraphError, detail::RecomputeMismatchName>;

/// Analytic and numerical derivatives disagree.
using GradcheckError = detail::NamedError<Error, detail::GradcheckName>;
/// A NaN (or, if asked, an infinity) that anomaly mode met.
using NonFiniteError = detail::NamedError<Error, detail::NonFiniteName>;
/// A file that cannot be read or written.
using IoError = detail::NamedError<Error, detail::IoName>;

/// "file:line", with the directories shortened to the last one; "" for an unknown location.
std::string to_string(Loc loc);

}  // namespace xgrad
