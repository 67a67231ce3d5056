#include "accuracy.hpp"

#include "resolve.hpp"
#include "xgrad/train/metrics/accuracy.hpp"

namespace xgrad {

namespace {

/// Values per sample as a constant.
template <class With>
Var as_var(const Arg& y_pred, With with) {
  Array out;
  with([&](const Shape& shape, auto value) {
    out = Array::empty(shape, y_pred.dtype() == DType::float64 ? DType::float64 : DType::float32);
    visit_dtype(out.dtype(), [&]<class T>() {
      T* to = static_cast<T*>(out.raw());
      for (std::int64_t i = 0; i < out.size(); ++i) to[i] = static_cast<T>(value(i) ? 1 : 0);
    });
  });
  return Var(out, y_pred.loc());
}

/// The same added to a mean.
auto into(const char* op, MeanState& state, const Array* weights, Loc loc) {
  return [&state, op, weights, loc](const Shape& shape, auto value) {
    detail::accumulate(
        op, state, shape, weights, [value](std::int64_t i) { return value(i) ? 1.0 : 0.0; }, loc);
  };
}

void check_k(const char* op, std::int64_t k, Loc loc) {
  if (k < 1) throw ArgError(op, "needs k ≥ 1; got " + std::to_string(k), loc);
}

}  // namespace

detail::AccuracyKind detail::accuracy_kind(const Shape& y_true, const Shape& y_pred) noexcept {
  if (y_pred.back() == 1 || (y_pred.rank() == 1 && y_true.rank() == 1)) return AccuracyKind::binary;
  if (y_true.rank() < y_pred.rank() || y_true.back() == 1) return AccuracyKind::sparse;
  return AccuracyKind::categorical;
}

Var accuracy(Arg y_true, Arg y_pred) {
  switch (detail::accuracy_kind(y_true.shape(), y_pred.shape())) {
    case detail::AccuracyKind::binary:
      return binary_accuracy(std::move(y_true), std::move(y_pred));
    case detail::AccuracyKind::sparse:
      return sparse_categorical_accuracy(std::move(y_true), std::move(y_pred));
    default:
      return categorical_accuracy(std::move(y_true), std::move(y_pred));
  }
}
Var binary_accuracy(Arg y_true, Arg y_pred) {
  return as_var(y_pred, [&](auto use) {
    detail::with_binary("binary_accuracy", y_true.value(), y_pred.value(), 0.5, y_pred.loc(), use);
  });
}
Var categorical_accuracy(Arg y_true, Arg y_pred) {
  return as_var(y_pred, [&](auto use) {
    detail::with_one_hot("categorical_accuracy", y_true.value(), y_pred.value(), y_pred.loc(), detail::largest_is, use);
  });
}
Var sparse_categorical_accuracy(Arg y_true, Arg y_pred) {
  return as_var(y_pred, [&](auto use) {
    detail::with_labels("sparse_categorical_accuracy", y_true.value(), y_pred.value(), y_pred.loc(), detail::largest_is,
                        use);
  });
}
Var top_k_categorical_accuracy(Arg y_true, Arg y_pred) {
  return as_var(y_pred, [&](auto use) {
    detail::with_one_hot("top_k_categorical_accuracy", y_true.value(), y_pred.value(), y_pred.loc(), detail::in_top(5),
                         use);
  });
}
Var sparse_top_k_categorical_accuracy(Arg y_true, Arg y_pred) {
  return as_var(y_pred, [&](auto use) {
    detail::with_labels("sparse_top_k_categorical_accuracy", y_true.value(), y_pred.value(), y_pred.loc(),
                        detail::in_top(5), use);
  });
}

void Accuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  detail::with_equal("Accuracy", y_true, y_pred, loc, into("Accuracy", state, sample_weight, loc));
}
void BinaryAccuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  detail::with_binary("BinaryAccuracy", y_true, y_pred, threshold, loc,
                      into("BinaryAccuracy", state, sample_weight, loc));
}
void CategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  detail::with_one_hot("CategoricalAccuracy", y_true, y_pred, loc, detail::largest_is,
                       into("CategoricalAccuracy", state, sample_weight, loc));
}
void SparseCategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  detail::with_labels("SparseCategoricalAccuracy", y_true, y_pred, loc, detail::largest_is,
                      into("SparseCategoricalAccuracy", state, sample_weight, loc));
}
void TopKCategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  check_k("TopKCategoricalAccuracy", k, loc);
  detail::with_one_hot("TopKCategoricalAccuracy", y_true, y_pred, loc, detail::in_top(k),
                       into("TopKCategoricalAccuracy", state, sample_weight, loc));
}
void SparseTopKCategoricalAccuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight,
                                           Loc loc) {
  check_k("SparseTopKCategoricalAccuracy", k, loc);
  detail::with_labels("SparseTopKCategoricalAccuracy", y_true, y_pred, loc, detail::in_top(k),
                      into("SparseTopKCategoricalAccuracy", state, sample_weight, loc));
}

void detail::ShapedAccuracy::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  const AccuracyKind now = kind ? *kind : accuracy_kind(y_true.shape(), y_pred.shape());
  const auto use = into("accuracy", state, sample_weight, loc);
  if (now == AccuracyKind::binary) {
    with_binary("accuracy", y_true, y_pred, 0.5, loc, use);
  } else if (now == AccuracyKind::sparse) {
    with_labels("accuracy", y_true, y_pred, loc, largest_is, use);
  } else {
    with_one_hot("accuracy", y_true, y_pred, loc, largest_is, use);
  }
  kind = now;
}

}  // namespace xgrad
