#pragma once
/// \file compare_with_numeric: analytic against numerical gradient, entry by entry.

#include <iosfwd>
#include <string>
#include <vector>

#include "xgrad/autodiff/gradcheck.hpp"

namespace xgrad {

/// One entry of a gradient, worked out twice.
struct NumericEntry {
  std::size_t input = 0;  ///< of which input
  Shape index;            ///< which of its entries
  double analytic = 0;    ///< by the rules of the ops
  double numeric = 0;     ///< by the difference quotient
  double difference = 0;  ///< analytic − numeric
  double error = 0;       ///< the difference in units of what is tolerated: above 1 it is too large
  double left = 0;        ///< the slope from the point before, to first order
  double right = 0;       ///< the slope to the point after, to first order
  bool kink = false;      ///< within two steps the function seems to have no slope: the numbers say nothing of the rule
};

/// What `compare_with_numeric` has found.
struct NumericComparison {
  std::vector<NumericEntry> entries;  ///< the worst first
  double tolerance = 0;               ///< as it was asked for, relative to `scale`
  double scale = 1;                   ///< the largest entry of the analytic gradient, or 1

  /// Whether all entries agree, kinks included.
  bool passed() const noexcept { return entries.empty() || !(entries[0].error > 1); }

  /// A table of the worst `rows` entries: those that do not agree are marked `>`, the worst of them `>>`.
  std::string to_string(std::size_t rows = 10) const;
};
/// The table, with the worst ten entries.
std::ostream& operator<<(std::ostream& out, const NumericComparison& c);

namespace detail {
NumericComparison compare_with_numeric(const Function& f, const std::vector<Array>& inputs,
                                       const GradcheckOptions& options, Loc loc);
}

/// Compares the gradient of a function with fourth-order central differences, entry by entry: what `gradcheck` looks
/// at, to be read and printed.
///
/// ```cpp
/// std::cout << compare_with_numeric([](Var x) { return sum(my_op(x)); }, {x});
/// ```
/// Of a function that gives one element it is the gradient, of any other that of ⟨w, f(x)⟩ for random weights w between
/// ½ and 1 of either sign; with `.order = k` the derivative of order k alone, along random directions, as `gradcheck`
/// says. Each entry is analytic by both forms of sweep, with and without a graph, of which the worse is shown.
///
/// Where the slopes before and after a point do not come closer to each other with a smaller step, the entry is called
/// a kink: there the analytic value is the op's choice, and the numeric one a mean of both sides.
/// @param f a callable of one to six Vars or of a vector of them @param inputs float64 Arrays
/// @throws ArgError without inputs; DTypeError for inputs or a result that are not float64
template <detail::OfVars F>
NumericComparison compare_with_numeric(F f, const std::vector<Array>& inputs, const GradcheckOptions& options = {},
                                       Loc loc = Loc::current()) {
  return detail::compare_with_numeric(detail::function_of(std::move(f)), inputs, options, loc);
}
inline NumericComparison compare_with_numeric(Var (*f)(Arg), const std::vector<Array>& inputs,
                                              const GradcheckOptions& options = {}, Loc loc = Loc::current()) {
  return detail::compare_with_numeric(detail::function_of(f), inputs, options, loc);
}

}  // namespace xgrad
