#include "nn/losses/sequence.hpp"

#include "nn/losses/support.hpp"
#include "xgrad/nn/losses/sequence.hpp"

namespace xgrad {

namespace losses {

std::int64_t blank_class(const char* op, std::int64_t blank, std::int64_t classes, Loc loc) {
  if (blank < -classes || blank >= classes)
    throw ArgError(
        op, "needs a blank that is one of the " + std::to_string(classes) + " classes; got " + std::to_string(blank),
        loc);
  return blank < 0 ? blank + classes : blank;
}

LabelRows label_rows(const char* op, const Array& y_true, std::int64_t n, std::int64_t classes, std::int64_t blank,
                     Loc loc) {
  if (y_true.rank() != 2 || y_true.shape()[0] != n)
    throw ShapeError(
        op, "needs y_true with a row of labels a sample, [" + std::to_string(n) + ",width]; got " + signature(y_true),
        loc);
  LabelRows rows{whole_numbers(op, "labels", y_true, loc), Array::empty({n}, DType::int64)};
  const std::int64_t width = y_true.shape()[1];
  const auto* label = rows.labels.data<std::int64_t>();
  auto* length = rows.lengths.mutable_data<std::int64_t>();
  const auto padding = [blank](std::int64_t l) { return l < 0 || l == blank; };
  for (std::int64_t i = 0; i < n; ++i, label += width) {
    length[i] = 0;
    while (length[i] < width && !padding(label[length[i]])) ++length[i];
    for (std::int64_t u = 0; u < width; ++u) {
      const auto got = [&] { return std::to_string(label[u]) + " for sample " + std::to_string(i); };
      if (u >= length[i] && !padding(label[u]))
        throw ArgError(op,
                       "needs labels and then padding (" + std::to_string(blank) +
                           ", the blank, or negative); got padding and then label " + got(),
                       loc);
      if (label[u] >= classes)
        throw IndexError(op, "needs labels below " + std::to_string(classes) + ", the number of classes; got " + got(),
                         loc);
    }
  }
  return rows;
}

}  // namespace losses

Var ctc(Arg y_true, Arg y_pred) { return ctc(std::move(y_true), std::move(y_pred), {}); }
Var ctc(Arg y_true, Arg y_pred, CtcOptions options) {
  const Loc loc = detail::user_line(y_pred.loc());
  const losses::At at(loc);
  const Var p = losses::as_var(y_pred);
  losses::check_prediction("ctc", p, loc);
  if (p.rank() != 3)
    throw ShapeError("ctc", "needs y_pred of logits [n,frames,classes]; got " + signature(p.value()), loc);
  const std::int64_t classes = p.shape()[2];
  options.blank = losses::blank_class("ctc", options.blank, classes, loc);
  const auto [labels, lengths] =
      losses::label_rows("ctc", losses::as_var(y_true).value(loc), p.shape()[0], classes, options.blank, loc);
  return ctc_loss(p, labels, lengths, options);
}

Var CTC::per_sample(const Var& y_true, const Var& y_pred) const {
  return ctc(y_true, y_pred, {.blank = blank, .infeasible = infeasible});
}

}  // namespace xgrad
