#include "train/judged.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "train/check.hpp"
#include "xgrad/nn/logits.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad::detail {

namespace {

constexpr std::int64_t batch_size = 256;

const double* numbers(const Array& doubles) { return doubles.data<double>(); }

double mean_of(const Array& a) {
  const Array all = a.astype(DType::float64);
  return std::accumulate(numbers(all), numbers(all) + all.size(), 0.0) / static_cast<double>(all.size());
}

/// The loss of each sample of a batch, the mean where one has several.
void add_losses(std::vector<double>& to, const Loss& loss, const Array& y, const Var& y_pred) {
  const std::int64_t n = y.shape()[0];
  const Array losses = loss.per_sample(y, y_pred).value();
  if (losses.rank() > 0 && losses.shape()[0] == n) {
    for (std::int64_t i = 0; i < n; ++i) to.push_back(mean_of(losses.rows(i, i + 1)));
  } else if (n == 1) {
    to.push_back(mean_of(losses));
  } else {  // one number for the whole batch: each sample is a batch then
    for (std::int64_t i = 0; i < n; ++i)
      to.push_back(mean_of(loss.per_sample(y.rows(i, i + 1), y_pred.value().rows(i, i + 1)).value()));
  }
}

bool each_row(const Array& doubles, std::int64_t width, auto&& holds) {
  const double* p = numbers(doubles);
  for (std::int64_t at = 0; at < doubles.size(); at += width)
    if (!holds(p + at, p + at + width)) return false;
  return true;
}

/// @param rank of the results, @param sigmoid whether they are one's
ClassRule rule_of(const Judged& j, const Array& y, const Loss& loss, int rank, bool sigmoid, std::string& reason) {
  const std::int64_t n = y.shape()[0], width = y.size() / n;
  const std::string& name = loss.name();
  const bool binary = is_binary(name), hinge = name == "hinge" || name == "squared_hinge";
  if (rank > 2) {
    reason = "a sample has several results";
  } else if (j.width == 1) {
    const bool labels = width == 1 && each_row(y, 1, [&](const double* v, const double*) {
                          return *v == 0 || *v == 1 || (hinge && *v == -1);
                        });
    if (labels && (binary || hinge || sigmoid || name == "crossentropy")) return ClassRule::yes_or_no;
    reason = "the model predicts a number";
  } else if (width == 1) {
    if (each_row(y, 1, [](const double* v, const double*) { return std::trunc(*v) == *v; })) return ClassRule::numbers;
    reason = "the targets are no classes";
  } else if (width != j.width || y.rank() != 2) {
    reason = "the targets are no classes";
  } else if (binary) {
    reason = "a sample has several labels at once";
  } else {
    const bool shares = name.starts_with("categorical") || name == "kl_divergence" || name == "crossentropy";
    const bool single = each_row(y, width, [](const double* begin, const double* end) {
      return std::count(begin, end, 1.0) == 1 && std::count(begin, end, 0.0) == end - begin - 1;
    });
    if (shares || single) return ClassRule::one_hot;
    reason = "the model predicts several numbers";
  }
  return ClassRule::none;
}

/// The probability of the entry `at` among results, which may be logits.
double probability(const double* row, std::int64_t width, std::int64_t at, bool logits) {
  if (!logits) return row[at];
  const double most = *std::max_element(row, row + width);
  double sum = 0;
  for (std::int64_t i = 0; i < width; ++i) sum += std::exp(row[i] - most);
  return std::exp(row[at] - most) / sum;
}

void tell_classes(Judged& j, const Array& y, const Loss& loss, bool probabilities) {
  const bool logits = from_logits(loss);
  const bool known =
      logits || probabilities || is_binary(loss.name()) || loss.name().find("crossentropy") != std::string::npos;
  const auto n = static_cast<std::int64_t>(j.losses.size());
  j.classes = j.rule == ClassRule::yes_or_no ? 2 : j.width;
  const double middle = loss.name().ends_with("hinge") || logits ? 0 : 0.5;
  for (std::int64_t i = 0; i < n; ++i) {
    const double *row = j.results.data() + i * j.width, *truth = numbers(y) + i * (y.size() / n);
    if (j.rule == ClassRule::yes_or_no) {
      const bool yes = *row > middle;
      const double p = logits ? 1 / (1 + std::exp(-*row)) : *row;
      j.truth.push_back(*truth > 0);
      j.predicted.push_back(yes);
      j.confidence.push_back(!known ? NAN : yes ? p : 1 - p);
      continue;
    }
    const bool ordered = std::none_of(row, row + j.width, [](double v) { return std::isnan(v); });
    const std::int64_t at = ordered ? std::max_element(row, row + j.width) - row : -1;
    const auto label = j.rule == ClassRule::numbers ? static_cast<std::int64_t>(*truth)
                                                    : std::max_element(truth, truth + j.width) - truth;
    j.truth.push_back(label >= 0 && label < j.classes ? label : -1);
    j.predicted.push_back(at);
    j.confidence.push_back(ordered && known ? probability(row, j.width, at, logits) : NAN);
  }
}

}  // namespace

std::vector<std::int64_t> Judged::confusion() const {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes * classes));
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] >= 0 && predicted[i] >= 0) ++counts[static_cast<std::size_t>(truth[i] * classes + predicted[i])];
  return counts;
}

std::vector<std::int64_t> Judged::worst(std::int64_t most) const {
  std::vector<std::int64_t> order(losses.size());
  std::iota(order.begin(), order.end(), 0);
  const auto badness = [&](std::int64_t i) {
    const double loss = losses[static_cast<std::size_t>(i)];
    return std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss;
  };
  const auto wanted = order.begin() + std::min<std::int64_t>(most, static_cast<std::int64_t>(order.size()));
  std::partial_sort(order.begin(), wanted, order.end(), [&](std::int64_t a, std::int64_t b) {
    return badness(a) > badness(b) || (badness(a) == badness(b) && a < b);
  });
  order.erase(wanted, order.end());
  return order;
}

Judged judge(const Model& model, const Trainer& trainer, const Samples& x, const Array& y) {
  const NoGrad off;
  const Training inference(false);
  Judged j;
  const std::int64_t n = x.size();
  int rank = 2;
  bool softmax = false, sigmoid = false;
  for (std::int64_t i = 0; i < n; i += batch_size) {
    const Batch batch = batch_of(x, y, zeros({0}), i, std::min(n, i + batch_size));
    const Var y_pred = result_of(model, batch.x);
    rank = y_pred.rank();
    softmax = !logits_behind(y_pred, LogitsKind::softmax).empty();
    sigmoid = !logits_behind(y_pred, LogitsKind::sigmoid).empty();
    j.width = y_pred.size() / batch.x.size();
    const Array doubles = y_pred.value().astype(DType::float64);
    j.results.insert(j.results.end(), numbers(doubles), numbers(doubles) + doubles.size());
    add_losses(j.losses, trainer.loss, batch.y, y_pred);
  }
  const Array targets = y.astype(DType::float64);
  j.rule = rule_of(j, targets, trainer.loss, rank, sigmoid, j.reason);
  if (j.rule != ClassRule::none) tell_classes(j, targets, trainer.loss, softmax || sigmoid);
  return j;
}

}  // namespace xgrad::detail
