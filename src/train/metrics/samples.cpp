#include "samples.hpp"

namespace xgrad::detail {

namespace {

Array without_last(const Array& a) {
  Shape shape = a.shape();
  shape.erase(shape.rank() - 1);
  return a.reshape(shape);
}
Array with_last(const Array& a) {
  Shape shape = a.shape();
  shape.push_back(1);
  return a.reshape(shape);
}
/// b has one axis more than a.
void match_longer(Array& a, Array& b) {
  if (b.shape().back() != 1) return;
  if (a.rank() == 1) {
    a = with_last(a);
  } else {
    b = without_last(b);
  }
}

}  // namespace

void match_ranks(Array& a, Array& b) {
  if (b.rank() == a.rank() + 1) {
    match_longer(a, b);
  } else if (a.rank() == b.rank() + 1) {
    match_longer(b, a);
  }
}

std::string shapes(const Array& y_true, const Array& y_pred) { return signature(y_true) + " and " + signature(y_pred); }

Pair matched(const char* op, const Array& y_true, const Array& y_pred, Loc loc) {
  Pair pair{y_true, y_pred};
  match_ranks(pair.y_true, pair.y_pred);
  if (pair.y_true.shape() != pair.y_pred.shape())
    throw ShapeError(op, "needs y_true and y_pred of one shape; got " + shapes(y_true, y_pred), loc);
  const DType type = is_floating(y_pred.dtype()) ? y_pred.dtype() : DType::float64;
  if (pair.y_pred.dtype() != type) pair.y_pred = pair.y_pred.astype(type);
  if (pair.y_true.dtype() != type) pair.y_true = pair.y_true.astype(type);
  return pair;
}

Weights::Weights(const char* op, const Array& weights, const Shape& values, Loc loc) : held_(weights) {
  if (held_.rank() == values.rank() + 1 && held_.shape().back() == 1) held_ = without_last(held_);
  if (held_.dtype() != DType::float64) held_ = held_.astype(DType::float64);
  const Shape& own = held_.shape();
  bool fits = own.rank() <= values.rank();
  for (int axis = 0; fits && axis < own.rank(); ++axis) fits = own[axis] == values[axis] || own[axis] == 1;
  if (!fits)
    throw ShapeError(op,
                     "needs sample weights for values " + values.to_string() + ", of its first axes or fewer; got " +
                         signature(weights),
                     loc);
  data_ = static_cast<const double*>(held_.raw());
  std::int64_t stride = own.size();
  for (int axis = 0; axis < own.rank(); ++axis) {
    stride = own[axis] == 0 ? 0 : stride / own[axis];
    shape_.push_back(values[axis]);
    strides_.push_back(own[axis] == 1 ? 0 : stride);
    plain_ = plain_ && own[axis] == values[axis];
  }
  for (int axis = own.rank(); axis < values.rank(); ++axis) reach_ *= values[axis];
}

}  // namespace xgrad::detail

namespace xgrad {

void Mean::update(const Array& values, const Array* sample_weight, Loc loc) {
  const Array numbers = values.astype(DType::float64);
  const double* v = static_cast<const double*>(numbers.raw());
  detail::accumulate(
      "Mean", state, values.shape(), sample_weight, [v](std::int64_t i) { return v[i]; }, loc);
}

}  // namespace xgrad
