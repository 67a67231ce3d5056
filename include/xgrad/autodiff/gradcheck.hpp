#pragma once
/// \file gradcheck: analytic derivatives against numerical ones.

#include <vector>

#include "xgrad/autodiff/functional.hpp"

namespace xgrad {

/// How `gradcheck` checks.
struct GradcheckOptions {
  int order = 1;            ///< the highest order of derivative to check; all lower ones are checked too
  double tolerance = 1e-6;  ///< allowed difference, relative to the largest entry of the derivative or 1
  double step = 1e-3;       ///< how far to move each entry, relative to its size or 1
  std::uint64_t seed = 1;   ///< of the random weights and directions
};

namespace detail {
void gradcheck(const Function& f, const std::vector<Array>& inputs, const GradcheckOptions& options, Loc loc);
}

/// Checks the derivatives of a function, of a custom op or a loss, say, against fourth-order central differences in
/// float64.
///
/// Order 1: the gradient of ⟨w, f(x)⟩, for random weights w, entry by entry; swept with and without a graph. Order k:
/// the gradient of the derivative of order k − 1 along random directions, likewise. Stay away from kinks by more than
/// two steps.
/// @param f a callable of one to six Vars or of a vector of them @param inputs float64 Arrays
/// @throws GradcheckError naming the worst entry; DTypeError for inputs that are not float64
template <detail::OfVars F>
void gradcheck(F f, const std::vector<Array>& inputs, const GradcheckOptions& options = {}, Loc loc = Loc::current()) {
  detail::gradcheck(detail::function_of(std::move(f)), inputs, options, loc);
}
inline void gradcheck(Var (*f)(Arg), const std::vector<Array>& inputs, const GradcheckOptions& options = {},
                      Loc loc = Loc::current()) {
  detail::gradcheck(detail::function_of(f), inputs, options, loc);
}

}  // namespace xgrad
