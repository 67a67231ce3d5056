#pragma once
/// \file Losses of margins: the hinge family. Forms, arguments and errors are those of nn/losses/regression.hpp.
///
/// `hinge` and `squared_hinge` want labels −1 and 1. If all labels of a call are 0 or 1, they are read as −1 and 1;
/// labels among which is a −1, or any other number, are taken as they are.

#include "xgrad/nn/losses/reduction.hpp"
#include "xgrad/tape/arg.hpp"

namespace xgrad {

/// mean max(1 − t p, 0). Gradient: p̄ = −ȳ t / n where t p < 1, half of it at 1.
Var hinge(Arg y_true, Arg y_pred);

/// mean max(1 − t p, 0)².
Var squared_hinge(Arg y_true, Arg y_pred);

/// max(max((1 − t) p) − Σ t p + 1, 0), for one-hot labels: how far the best wrong class is above the right one, less a
/// margin of 1.
Var categorical_hinge(Arg y_true, Arg y_pred);

/// `hinge` as the class form of a Loss.
struct Hinge {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "hinge";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `squared_hinge` as the class form of a Loss.
struct SquaredHinge {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "squared_hinge";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `categorical_hinge` as the class form of a Loss.
struct CategoricalHinge {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "categorical_hinge";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};

}  // namespace xgrad
