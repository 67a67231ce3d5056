#include "nn/losses/support.hpp"

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad::losses {

void match_ranks(Var& y_true, Var& y_pred) {
  const int gap = y_true.rank() - y_pred.rank();
  if (gap != 1 && gap != -1) return;
  Var& longer = gap == 1 ? y_true : y_pred;
  Var& shorter = gap == 1 ? y_pred : y_true;
  if (longer.shape().back() != 1) return;
  if (shorter.rank() == 1) {
    shorter = expand_dims(shorter, -1);
  } else {
    longer = squeeze(longer, -1);
  }
}

Var as_var(const Arg& a) { return a.parameter() ? Var(Parameter(a.parameter()), a.loc()) : a.var(); }

Var in_dtype(const Var& v, DType dtype) {
  if (v.needs_grad()) return v.dtype() == dtype ? v : astype(v, dtype);
  // A constant needs no op; and a plain number becomes an array of the type, which it would not stay in an op.
  return v.dtype() == dtype && v.rank() > 0 ? v : Var(v.value().astype(dtype));
}

Array whole_numbers(const char* loss, const char* what, const Array& given, Loc loc) {
  Array whole = given.astype(DType::int64);
  if (is_floating(given.dtype()) && !all(equal(whole.astype(given.dtype()), given)).item<bool>())
    throw ArgError(loss, std::string("needs ") + what + ", which are whole; got fractions in " + signature(given), loc);
  return whole;
}

void check_prediction(const char* loss, const Var& y_pred, Loc loc) {
  if (!is_floating(y_pred.dtype(loc)))
    throw DTypeError(loss, "needs y_pred of float32 or float64; got " + signature(y_pred.value()), loc);
  if (y_pred.rank() == 0) throw ShapeError(loss, "needs y_pred of at least one axis; got a single number", loc);
}

void check_smoothing(const char* loss, double smoothing, Loc loc) {
  if (!(smoothing >= 0 && smoothing <= 1))
    throw ArgError(loss, "needs label_smoothing from 0 to 1; got " + std::to_string(smoothing), detail::user_line(loc));
}

namespace {

/// What is likely meant by a y_true that does not fit.
std::string near_cause(const Shape& t, const Shape& p, bool classes) {
  Shape samples = p;
  samples.erase(p.rank() - 1);
  Shape column = samples;
  if (column.rank() < Shape::max_rank) column.push_back(1);
  if (p.back() > 1 && (t == samples || t == column)) {
    if (classes)
      return "; for class numbers there is sparse_categorical_crossentropy, or to_categorical(y_true) makes rows of "
             "them";
    return "; y_pred has " + std::to_string(p.back()) +
           " values a sample and y_true one: does the last layer have the right number of units?";
  }
  if (t.rank() > 0 && t.back() > 1 && p.back() == 1)
    return "; y_true has " + std::to_string(t.back()) + " values a sample and y_pred one";
  if (t.rank() > 0 && p.rank() > 0 && t[0] != p[0]) return "; they differ in the number of samples";
  return "";
}

}  // namespace

Operands::Operands(const char* loss, const Arg& y_true, Var prediction, Loc here, bool classes)
    : at(here), t(as_var(y_true)), p(std::move(prediction)) {
  const Loc loc = detail::user_line(here);
  check_prediction(loss, p, loc);
  const Shape true_shape = t.shape(loc), pred_shape = p.shape();
  const DType true_type = t.dtype();
  match_ranks(t, p);
  t = in_dtype(t, p.dtype());
  if (t.shape() == p.shape()) return;
  if (t.rank() == 0) {
    t = broadcast_to(t, p.shape());
    return;
  }
  throw ShapeError(loss,
                   "needs y_true of y_pred's shape, " + pred_shape.to_string() + "; got " + name_of(true_type) +
                       true_shape.to_string() + near_cause(true_shape, pred_shape, classes),
                   loc);
}

}  // namespace xgrad::losses
