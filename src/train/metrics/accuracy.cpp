#include "xgrad/train/metrics/accuracy.hpp"

#include <cmath>

#include "train/metrics/samples.hpp"

namespace xgrad {

namespace {

/// The place of the first largest number; a NaN counts as the largest.
template <class T>
std::int64_t first_largest(std::int64_t n, const T* x) noexcept {
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (std::isnan(x[i])) return i;
    if (x[i] > x[best]) best = i;
  }
  return best;
}

/// Whether fewer than k scores are larger than that of class `label`.
template <class T>
bool among_largest(std::int64_t n, const T* scores, std::int64_t label, std::int64_t k) noexcept {
  if (label < 0 || label >= n || std::isnan(scores[label])) return false;
  std::int64_t larger = 0;
  for (std::int64_t i = 0; i < n; ++i) larger += scores[i] > scores[label] || std::isnan(scores[i]);
  return larger < k;
}

Shape without_last(const Shape& shape) {
  Shape rows = shape;
  if (rows.rank() > 0) rows.erase(rows.rank() - 1);
  return rows;
}

Array floating(const Array& a) { return is_floating(a.dtype()) ? a : a.astype(DType::float32); }

// Each calls take(shape, value) with the shape of what is judged and a function i → 1 or 0.

template <class Take>
void judge_binary(const char* op, const Array& y_true, const Array& y_pred, double threshold, Loc loc, Take take) {
  const detail::Pair pair = detail::matched(op, y_true, y_pred, loc);
  detail::visit(pair, [&](const auto* t, const auto* p) {
    using T = std::remove_cvref_t<decltype(*p)>;
    const T limit = static_cast<T>(threshold);
    take(pair.y_pred.shape(), [=](std::int64_t i) { return T(p[i] > limit) == t[i] ? 1.0 : 0.0; });
  });
}

template <class Take>
void judge_categorical(const char* op, const Array& y_true, const Array& y_pred, std::int64_t k, Loc loc, Take take) {
  const detail::Pair pair = detail::matched(op, y_true, y_pred, loc);
  if (pair.y_pred.rank() == 0 || pair.y_pred.shape().back() == 0)
    throw ShapeError(op, "needs at least one class along the last axis; got " + detail::shapes(y_true, y_pred), loc);
  const std::int64_t n = pair.y_pred.shape().back();
  detail::visit(pair, [&](const auto* t, const auto* p) {
    take(without_last(pair.y_pred.shape()), [=](std::int64_t i) {
      const std::int64_t label = first_largest(n, t + i * n);
      return (k == 0 ? first_largest(n, p + i * n) == label : among_largest(n, p + i * n, label, k)) ? 1.0 : 0.0;
    });
  });
}

template <class Take>
void judge_sparse(const char* op, const Array& y_true, const Array& y_pred, std::int64_t k, Loc loc, Take take) {
  const Array scores = floating(y_pred);
  const Shape rows = without_last(scores.shape());
  if (scores.rank() == 0 || scores.shape().back() == 0 || y_true.size() != rows.size() ||
      (y_true.shape() != rows && without_last(y_true.shape()) != rows))
    throw ShapeError(
        op, "needs class numbers [n] or [n, 1] beside scores [n, classes]; got " + detail::shapes(y_true, y_pred), loc);
  const Array labels = y_true.dtype() == DType::int64 ? y_true : y_true.astype(DType::int64);
  const std::int64_t n = scores.shape().back();
  const std::int64_t* t = static_cast<const std::int64_t*>(labels.raw());
  visit_dtype(scores.dtype(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      const T* p = static_cast<const T*>(scores.raw());
      take(rows, [=](std::int64_t i) {
        return (k == 0 ? first_largest(n, p + i * n) == t[i] : among_largest(n, p + i * n, t[i], k)) ? 1.0 : 0.0;
      });
    }
  });
}

/// What takes the judgements into a mean.
auto into(MeanState& state, const char* op, const Array* weight, Loc loc) {
  return [&state, op, weight, loc](const Shape& shape, auto value) {
    detail::accumulate(op, state, shape, weight, value, loc);
  };
}
/// What takes them into an array.
auto into(Var& result, const Array& y_pred) {
  return [&result, &y_pred](const Shape& shape, auto value) {
    Array judged = Array::empty(shape, is_floating(y_pred.dtype()) ? y_pred.dtype() : DType::float32);
    for (std::int64_t i = 0; i < judged.size(); ++i) {
      if (judged.dtype() == DType::float32) {
        judged.mutable_data<float>()[i] = static_cast<float>(value(i));
      } else {
        judged.mutable_data<double>()[i] = value(i);
      }
    }
    result = Var(judged);
  };
}

void need_k(const char* op, std::int64_t k, Loc loc) {
  if (k < 1) throw ArgError(op, "needs k of at least 1; got " + std::to_string(k), loc);
}

enum class Kind { binary, sparse, categorical };
/// Keras's choice, by shapes alone.
Kind kind_of(const Array& y_true, const Array& y_pred) {
  if (y_pred.rank() == 0 || y_pred.shape().back() == 1 || (y_pred.rank() == 1 && y_true.rank() == 1))
    return Kind::binary;
  return y_true.rank() < y_pred.rank() || y_true.shape().back() == 1 ? Kind::sparse : Kind::categorical;
}

}  // namespace

Var accuracy(Arg y_true, Arg y_pred) {
  switch (kind_of(y_true.value(), y_pred.value())) {
    case Kind::binary:
      return binary_accuracy(std::move(y_true), std::move(y_pred));
    case Kind::sparse:
      return sparse_categorical_accuracy(std::move(y_true), std::move(y_pred));
    default:
      return categorical_accuracy(std::move(y_true), std::move(y_pred));
  }
}
Var binary_accuracy(Arg y_true, Arg y_pred) {
  Var result;
  judge_binary("binary_accuracy", y_true.value(), y_pred.value(), 0.5, y_true.loc(), into(result, y_pred.value()));
  return result;
}
Var categorical_accuracy(Arg y_true, Arg y_pred) {
  Var result;
  judge_categorical("categorical_accuracy", y_true.value(), y_pred.value(), 0, y_true.loc(),
                    into(result, y_pred.value()));
  return result;
}
Var sparse_categorical_accuracy(Arg y_true, Arg y_pred) {
  Var result;
  judge_sparse("sparse_categorical_accuracy", y_true.value(), y_pred.value(), 0, y_true.loc(),
               into(result, y_pred.value()));
  return result;
}
Var top_k_categorical_accuracy(Arg y_true, Arg y_pred) {
  Var result;
  judge_categorical("top_k_categorical_accuracy", y_true.value(), y_pred.value(), 5, y_true.loc(),
                    into(result, y_pred.value()));
  return result;
}
Var sparse_top_k_categorical_accuracy(Arg y_true, Arg y_pred) {
  Var result;
  judge_sparse("sparse_top_k_categorical_accuracy", y_true.value(), y_pred.value(), 5, y_true.loc(),
               into(result, y_pred.value()));
  return result;
}

void Accuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  const detail::Pair pair = detail::matched("Accuracy", y_true, y_pred, loc);
  detail::visit(pair, [&](const auto* t, const auto* p) {
    detail::accumulate(
        "Accuracy", state, pair.y_pred.shape(), weight, [=](std::int64_t i) { return t[i] == p[i] ? 1.0 : 0.0; }, loc);
  });
}
void BinaryAccuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  judge_binary("BinaryAccuracy", y_true, y_pred, threshold, loc, into(state, "BinaryAccuracy", weight, loc));
}
void CategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  judge_categorical("CategoricalAccuracy", y_true, y_pred, 0, loc, into(state, "CategoricalAccuracy", weight, loc));
}
void SparseCategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  judge_sparse("SparseCategoricalAccuracy", y_true, y_pred, 0, loc,
               into(state, "SparseCategoricalAccuracy", weight, loc));
}
void TopKCategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  need_k("TopKCategoricalAccuracy", k, loc);
  judge_categorical("TopKCategoricalAccuracy", y_true, y_pred, k, loc,
                    into(state, "TopKCategoricalAccuracy", weight, loc));
}
void SparseTopKCategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  need_k("SparseTopKCategoricalAccuracy", k, loc);
  judge_sparse("SparseTopKCategoricalAccuracy", y_true, y_pred, k, loc,
               into(state, "SparseTopKCategoricalAccuracy", weight, loc));
}

void detail::AutoAccuracy::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  switch (kind_of(y_true, y_pred)) {
    case Kind::binary:
      return judge_binary("accuracy", y_true, y_pred, 0.5, loc, into(state, "accuracy", weight, loc));
    case Kind::sparse:
      return judge_sparse("accuracy", y_true, y_pred, 0, loc, into(state, "accuracy", weight, loc));
    default:
      return judge_categorical("accuracy", y_true, y_pred, 0, loc, into(state, "accuracy", weight, loc));
  }
}

}  // namespace xgrad
