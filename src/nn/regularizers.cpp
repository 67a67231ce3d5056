#include "xgrad/nn/regularizers.hpp"

#include <array>

#include "core/kinds.hpp"
#include "core/near.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

Var L1::operator()(Var w) const { return l1 * sum(abs(w)); }
Var L2::operator()(Var w) const { return l2 * sum(square(w)); }
Var L1L2::operator()(Var w) const { return l1 * sum(abs(w)) + l2 * sum(square(w)); }

Var OrthogonalRegularizer::operator()(Var w) const {
  if (w.rank() != 2)
    throw ShapeError("OrthogonalRegularizer", "needs a matrix; got " + signature(w.value()), detail::user_line());
  const Var rows = columns ? transpose(w) : w;
  const std::int64_t n = rows.shape()[0];
  const Var unit = rows / sqrt(maximum(sum(square(rows), 1, true), 1e-24));  // a row of zeros stays one
  const Var products = abs(matmul(unit, unit, {.transpose_b = true})) * (1 - eye(n, w.dtype()));
  const double pairs = std::max<double>(1, static_cast<double>(n) * static_cast<double>(n - 1) / 2);
  return factor * 0.5 * sum(products) / pairs;
}

Regularizer::Regularizer(std::string_view name, Loc loc) {
  static constexpr std::array<std::string_view, 4> known{"l1", "l2", "l1_l2", "orthogonal_regularizer"};
  const std::string wanted = detail::folded(name);
  if (wanted == "l1") {
    penalty_ = L1{};
  } else if (wanted == "l2") {
    penalty_ = L2{};
  } else if (wanted == "l1l2") {
    penalty_ = L1L2{0.01, 0.01};
  } else if (wanted == "orthogonalregularizer") {
    penalty_ = OrthogonalRegularizer{};
  } else {
    throw ArgError(
        "regularizer",
        "needs the name of a regularizer; got '" + std::string(name) + "'" + detail::near_matches(name, known), loc);
  }
}

void Regularizer::settings(Settings& s) {
  bool there = static_cast<bool>(penalty_);
  s.nothing(there);
  if (!there) {
    penalty_ = nullptr;
    return;
  }
  using detail::KindOf;
  detail::exchange_kind(
      s, "a regularizer", detail::HeldFunction{penalty_},  //
      KindOf<L1>{"L1", [](Settings& c, L1& r) { c("l1", r.l1); }},
      KindOf<L2>{"L2", [](Settings& c, L2& r) { c("l2", r.l2); }},
      KindOf<L1L2>{"L1L2", [](Settings& c, L1L2& r) { c("l1", r.l1)("l2", r.l2); }},
      KindOf<OrthogonalRegularizer>{"OrthogonalRegularizer", [](Settings& c, OrthogonalRegularizer& r) {
                                      c("factor", r.factor)("columns", r.columns);
                                    }});
}

Var Regularizer::operator()(const Var& w) const {
  Var penalty = penalty_(w);
  if (penalty.size() != 1)
    throw ShapeError("regularizer", "needs a function that gives one number; got " + signature(penalty.value()),
                     detail::user_line());
  return penalty.rank() == 0 ? penalty : reshape(penalty, {});
}

}  // namespace xgrad
