// Products made of others: dot, outer, tensordot.

#include <algorithm>

#include "ops/axes.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

std::int64_t product_of(const Shape& shape, const std::vector<int>& axes) {
  std::int64_t n = 1;
  for (int axis : axes) n *= shape[axis];
  return n;
}

/// All axes but those, in order.
std::vector<int> others(int rank, const std::vector<int>& axes) {
  std::vector<int> rest;
  for (int axis = 0; axis < rank; ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) rest.push_back(axis);
  return rest;
}

Var ordered(const Arg& x, const std::vector<int>& first, const std::vector<int>& then) {
  std::vector<int> order = first;
  order.insert(order.end(), then.begin(), then.end());
  return std::is_sorted(order.begin(), order.end()) ? operators::operator+(x) : transpose(x, order);
}

std::vector<int> checked(const Arg& x, const std::vector<std::int64_t>& axes) {
  std::vector<int> result;
  for (std::int64_t a : axes) {
    const int axis = detail::checked_axis("tensordot", x, a, x.rank());
    if (std::find(result.begin(), result.end(), axis) != result.end())
      throw ArgError("tensordot",
                     "needs each axis once; got axis " + std::to_string(a) + " twice for " + signature(x.value()),
                     x.loc());
    result.push_back(axis);
  }
  return result;
}

}  // namespace

Var tensordot(Arg a, Arg b, const std::vector<std::int64_t>& axes_a, const std::vector<std::int64_t>& axes_b) {
  const Loc loc = a.loc();
  detail::need_floating("tensordot", a, b);
  if (axes_a.size() != axes_b.size())
    throw ArgError("tensordot",
                   "needs as many axes of a as of b; got " + std::to_string(axes_a.size()) + " and " +
                       std::to_string(axes_b.size()),
                   loc);
  const std::vector<int> sum_a = checked(a, axes_a), sum_b = checked(b, axes_b);
  for (std::size_t i = 0; i < sum_a.size(); ++i)
    if (a.shape()[sum_a[i]] != b.shape()[sum_b[i]])
      throw ShapeError("tensordot",
                       "needs paired axes of one extent; got axis " + std::to_string(axes_a[i]) + " of " +
                           signature(a.value()) + " and axis " + std::to_string(axes_b[i]) + " of " +
                           signature(b.value()),
                       loc);
  const std::vector<int> keep_a = others(a.rank(), sum_a), keep_b = others(b.rank(), sum_b);
  const Shape sa = a.shape(), sb = b.shape();
  if (keep_a.size() + keep_b.size() > static_cast<std::size_t>(Shape::max_rank))
    throw ShapeError("tensordot",
                     "needs a result of at most 8 axes; got " + std::to_string(keep_a.size() + keep_b.size()), loc);
  const std::int64_t m = product_of(sa, keep_a), k = product_of(sa, sum_a), n = product_of(sb, keep_b);
  Shape result;
  for (int axis : keep_a) result.push_back(sa[axis]);
  for (int axis : keep_b) result.push_back(sb[axis]);
  const Var left = reshape(Arg(ordered(a, keep_a, sum_a), loc), {m, k});
  const Var right = reshape(Arg(ordered(b, sum_b, keep_b), loc), {k, n});
  return reshape(Arg(matmul(Arg(left, loc), Arg(right, loc)), loc), result);
}

Var tensordot(Arg a, Arg b, int axes) {
  if (axes < 0 || axes > a.rank() || axes > b.rank())
    throw ArgError("tensordot",
                   "needs a number of axes that both operands have; got " + std::to_string(axes) + " for " +
                       signature(a.value()) + " and " + signature(b.value()),
                   a.loc());
  std::vector<std::int64_t> of_a, of_b;
  for (int i = 0; i < axes; ++i) {
    of_a.push_back(a.rank() - axes + i);
    of_b.push_back(i);
  }
  return tensordot(std::move(a), std::move(b), of_a, of_b);
}

Var dot(Arg a, Arg b) {
  detail::need_floating("dot", a, b);
  if (a.rank() == 0 || b.rank() == 0) return multiply(std::move(a), std::move(b));
  if (a.shape().back() != b.shape()[std::max(0, b.rank() - 2)])
    throw ShapeError("dot",
                     "needs a last axis of a like the last but one of b; got " + signature(a.value()) + " and " +
                         signature(b.value()),
                     a.loc());
  if (b.rank() <= 2) return matmul(std::move(a), std::move(b));
  return tensordot(std::move(a), std::move(b), {-1}, {-2});
}

Var outer(Arg a, Arg b) {
  detail::need_floating("outer", a, b);
  const Loc loc = a.loc();
  const Shape column{a.shape().size(), 1}, row{1, b.shape().size()};
  return matmul(Arg(reshape(std::move(a), column), loc), Arg(reshape(std::move(b), row), loc));
}

}  // namespace xgrad
