#pragma once

// Right or wrong, sample by sample, on raw memory. Each `with_…` checks the shapes and calls use(shape, value), where
// value(i) is 1 or 0 for the i-th entry of that shape.

#include <cmath>

#include "samples.hpp"

namespace xgrad::detail {

/// The place of the first of the largest; a NaN is larger than all others.
template <class T>
std::int64_t first_largest(const T* x, std::int64_t n) noexcept {
  std::int64_t at = 0;
  T best = x[0];
  for (std::int64_t j = 1; j < n; ++j) {
    // Without branches: scores are in no order that a processor could foresee.
    const bool take = (!(x[j] <= best)) & (best == best);
    at = take ? j : at;
    best = take ? x[j] : best;
  }
  return at;
}

/// Whether first_largest(x, n) == at, for an `at` in range.
template <class T>
bool is_first_largest(const T* x, std::int64_t n, std::int64_t at) noexcept {
  const T here = x[at];
  if (here != here) return first_largest(x, n) == at;
  int larger = 0;
  for (std::int64_t j = 0; j < n; ++j) larger += (x[j] <= here ? 0 : 1) + ((x[j] == here) & (j < at));
  return larger == 0;
}

/// Whether fewer than k entries are larger than that at `at`.
template <class T>
bool within_top(const T* x, std::int64_t n, std::int64_t at, std::int64_t k) noexcept {
  const T here = x[at];
  if (here != here) return false;
  std::int64_t larger = 0;
  for (std::int64_t j = 0; j < n; ++j) larger += !(x[j] <= here);
  return larger < k;
}

/// Class numbers of any type; −1 for what is none of `classes`.
class Labels {
 public:
  Labels(const Array& labels, std::int64_t classes)
      : memory_(labels.raw()), dtype_(labels.dtype()), classes_(classes) {}
  std::int64_t operator[](std::int64_t i) const noexcept {
    return visit_dtype(dtype_, [&]<class T>() -> std::int64_t {
      const T label = static_cast<const T*>(memory_)[i];
      if constexpr (std::is_floating_point_v<T>) {
        if (!(label >= 0 && label < static_cast<T>(classes_)) || label != std::floor(label)) return -1;
        return static_cast<std::int64_t>(label);
      } else {
        const auto whole = static_cast<std::int64_t>(label);
        return whole >= 0 && whole < classes_ ? whole : -1;
      }
    });
  }

 private:
  const void* memory_;
  DType dtype_;
  std::int64_t classes_;
};

inline Shape without_last(Shape shape) {
  shape.erase(shape.rank() - 1);
  return shape;
}

/// Scores, with a class axis that has classes. @throws ShapeError
inline void check_scores(const char* op, const Array& y_true, const Array& y_pred, Loc loc) {
  if (y_pred.rank() == 0 || y_pred.shape().back() == 0)
    throw ShapeError(op, "needs y_pred with a last axis of classes; got " + shapes(y_true, y_pred), loc);
}

template <class Use>
void with_equal(const char* op, const Array& y_true, const Array& y_pred, Loc loc, Use use) {
  const Pair pair = matched(op, y_true, y_pred, loc);
  visit(pair, [&](auto* t, auto* p) { use(pair.y_pred.shape(), [t, p](std::int64_t i) { return t[i] == p[i]; }); });
}

template <class Use>
void with_binary(const char* op, const Array& y_true, const Array& y_pred, double threshold, Loc loc, Use use) {
  const Pair pair = matched(op, y_true, y_pred, loc);
  visit(pair, [&]<class T>(const T* t, const T* p) {
    const T limit = static_cast<T>(threshold);
    use(pair.y_pred.shape(), [=](std::int64_t i) { return t[i] == static_cast<T>(p[i] > limit ? 1 : 0); });
  });
}

/// right(scores, classes, true class) says whether a sample is right.
template <class Right, class Use>
void with_one_hot(const char* op, const Array& y_true, const Array& y_pred, Loc loc, Right right, Use use) {
  check_scores(op, y_true, y_pred, loc);
  const Pair pair = matched(op, y_true, y_pred, loc);
  check_scores(op, pair.y_true, pair.y_pred, loc);
  const std::int64_t n = pair.y_pred.shape().back();
  visit(pair, [&](auto* t, auto* p) {
    use(without_last(pair.y_pred.shape()),
        [=](std::int64_t i) { return right(p + i * n, n, first_largest(t + i * n, n)); });
  });
}

template <class Right, class Use>
void with_labels(const char* op, const Array& y_true, const Array& y_pred, Loc loc, Right right, Use use) {
  check_scores(op, y_true, y_pred, loc);
  const std::int64_t n = y_pred.shape().back();
  const Shape samples = without_last(y_pred.shape());
  Shape column = samples;
  column.push_back(1);
  if (y_true.shape() != samples && y_true.shape() != column)
    throw ShapeError(op,
                     "needs y_true of class numbers, " + samples.to_string() + " or " + column.to_string() +
                         ", for y_pred " + signature(y_pred) + "; got " + signature(y_true),
                     loc);
  const Labels labels(y_true, n);
  const Pair scores = matched(op, y_pred, y_pred, loc);
  visit(scores, [&](auto*, auto* p) {
    use(samples, [=](std::int64_t i) {
      const std::int64_t label = labels[i];
      return label >= 0 && right(p + i * n, n, label);
    });
  });
}

inline constexpr auto largest_is = [](const auto* p, std::int64_t n, std::int64_t at) {
  return is_first_largest(p, n, at);
};
inline auto in_top(std::int64_t k) {
  return [k](const auto* p, std::int64_t n, std::int64_t at) { return within_top(p, n, at, k); };
}

}  // namespace xgrad::detail
