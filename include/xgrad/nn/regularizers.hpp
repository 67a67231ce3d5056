#pragma once
/// \file Penalties on weights (and on what a layer gives), added to the loss.

#include <functional>
#include <string_view>
#include <type_traits>

#include "xgrad/tape/arg.hpp"

namespace xgrad {

class Settings;

/// l1 Σ|w|. No mean, as in Keras.
struct L1 {
  double l1 = 0.01;
  Var operator()(Var w) const;
};
/// l2 Σw². No mean and no ½, as in Keras.
struct L2 {
  double l2 = 0.01;
  Var operator()(Var w) const;
};
/// l1 Σ|w| + l2 Σw²
struct L1L2 {
  double l1 = 0, l2 = 0;
  Var operator()(Var w) const;
};
/// How far the rows of a matrix (or its columns) are from orthogonal: `factor` times the mean of |⟨r_i, r_j⟩| / 2 over
/// the pairs i ≠ j of rows scaled to length 1, a pair counted twice. @throws ShapeError for other than a matrix
struct OrthogonalRegularizer {
  double factor = 0.01;
  bool columns = false;
  Var operator()(Var w) const;
};

/// A penalty as an option: none, one of the above, `"l1"`, `"l2"`, `"l1_l2"`, or any function of the weight that gives
/// one number.
class Regularizer {
 public:
  Regularizer() = default;
  /// @throws ArgError for an unknown name
  Regularizer(std::string_view name, Loc loc = Loc::current());                                          // NOLINT
  Regularizer(const char* name, Loc loc = Loc::current()) : Regularizer(std::string_view(name), loc) {}  // NOLINT
  template <class F>
  requires(std::is_invocable_r_v<Var, F&, Var> && !std::is_same_v<std::decay_t<F>, Regularizer>) Regularizer(F f)
      : penalty_(std::move(f)) {}  // NOLINT

  explicit operator bool() const noexcept { return static_cast<bool>(penalty_); }
  /// The penalty. @throws ShapeError where the function gives more than one number
  Var operator()(const Var& w) const;
  /// For files. @throws ArgError for a function of one's own
  void settings(Settings& s);

 private:
  std::function<Var(Var)> penalty_;
};

}  // namespace xgrad
