#include "xgrad/train/metrics/confusion.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "train/metrics/accuracy.hpp"
#include "train/metrics/samples.hpp"

namespace xgrad {

void ConfusionCounts::reset() noexcept {
  true_positives.clear();
  false_positives.clear();
  true_negatives.clear();
  false_negatives.clear();
}

namespace {

void check(const char* op, const std::vector<double>& thresholds, std::int64_t top_k, Loc loc) {
  for (const double limit : thresholds)
    if (!(limit >= 0 && limit <= 1))
      throw ArgError(op, "needs thresholds within [0, 1]; got " + std::to_string(limit), loc);
  if (top_k < 0) throw ArgError(op, "needs top_k ≥ 1, or 0 for all; got " + std::to_string(top_k), loc);
}

/// The first k places of `order` become those of the k largest of a row, the first of equals first.
template <class T>
void put_largest_first(const T* row, std::int64_t k, std::vector<std::int64_t>& order) {
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto key = [row](std::int64_t i) { return row[i] != row[i] ? std::numeric_limits<T>::infinity() : row[i]; };
  std::partial_sort(order.begin(), order.begin() + k, order.end(),
                    [key](std::int64_t a, std::int64_t b) { return key(a) > key(b) || (key(a) == key(b) && a < b); });
}

}  // namespace

void detail::count(const char* op, ConfusionCounts& counts, const std::vector<double>& thresholds, std::int64_t top_k,
                   std::optional<std::int64_t> class_id, const Array& y_true, const Array& y_pred,
                   const Array* sample_weight, Loc loc) {
  check(op, thresholds, top_k, loc);
  const Pair pair = matched(op, y_true, y_pred, loc);
  Shape judged = pair.y_pred.shape();
  const std::int64_t n = judged.back(), rows = n == 0 ? 0 : judged.size() / n;
  if (class_id) {
    if (judged.rank() < 2)
      throw ShapeError(op, "needs y_pred [n, classes] where a class is chosen; got " + shapes(y_true, y_pred), loc);
    if (*class_id < 0 || *class_id >= n)
      throw IndexError(op, "needs a class of " + signature(y_pred) + "; got " + std::to_string(*class_id), loc);
    judged[judged.rank() - 1] = 1;
  }
  std::optional<Weights> weights;
  if (sample_weight) weights.emplace(op, *sample_weight, judged, loc);

  constexpr double lowest = -1e10;  // Keras's: below it an entry among the k largest is no prediction either
  const double single = top_k > 0 ? lowest : 0.5;
  const std::span<const double> limits = thresholds.empty() ? std::span(&single, 1) : std::span(thresholds);
  for (auto* numbers :
       {&counts.true_positives, &counts.false_positives, &counts.true_negatives, &counts.false_negatives})
    numbers->resize(limits.size());
  const bool chosen = top_k > 0 && top_k < n;
  if (chosen) counts.order.resize(static_cast<std::size_t>(n));

  visit(pair, [&]<class T>(const T* t, const T* p) {
    for (std::int64_t row = 0, at = 0; row < rows; ++row) {
      if (chosen) {
        put_largest_first(p + row * n, top_k, counts.order);
        std::sort(counts.order.begin(), counts.order.begin() + top_k);
      }
      std::int64_t next = 0;  // of the chosen
      for (std::int64_t j = 0; j < n; ++j) {
        const bool may = !chosen || (next < top_k && counts.order[static_cast<std::size_t>(next)] == j);
        if (chosen && may) ++next;
        if (class_id && j != *class_id) continue;
        const std::int64_t i = row * n + j;
        const double w = weights ? weights->at(at / weights->reach()) : 1;
        ++at;
        for (std::size_t k = 0; k < limits.size(); ++k) {
          const bool positive = may && p[i] > static_cast<T>(limits[k]);
          auto& numbers = t[i] != 0  ? positive ? counts.true_positives : counts.false_negatives
                          : positive ? counts.false_positives
                                     : counts.true_negatives;
          numbers[k] += w;
        }
      }
    }
  });
}

Array detail::scalar_or_vector(const std::vector<double>& numbers) {
  if (numbers.empty()) return Array::scalar(0.0);
  if (numbers.size() == 1) return Array::scalar(numbers[0]);
  return Array::from<double>(numbers, {static_cast<std::int64_t>(numbers.size())});
}

std::vector<double> detail::rates(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] + b[i] == 0 ? 0 : a[i] / (a[i] + b[i]);
  return result;
}

void ConfusionMatrix::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  const char* op = "ConfusionMatrix";
  const bool scores = y_pred.rank() > 1 && y_pred.shape().back() > 1, numbers = !is_floating(y_pred.dtype());
  Shape samples = y_pred.shape();
  if (y_pred.rank() > 1) samples.erase(samples.rank() - 1);
  Shape column = samples;
  column.push_back(1);
  const bool one_hot = scores && y_true.shape() == y_pred.shape();
  if (!one_hot && y_true.shape() != samples && y_true.shape() != column)
    throw ShapeError(
        op, "needs y_true of class numbers, or one-hot rows beside scores; got " + detail::shapes(y_true, y_pred), loc);
  const std::int64_t width = scores ? y_pred.shape().back() : 1, n = samples.size();
  const std::int64_t now = classes > 0 ? classes : num_classes > 0 ? num_classes : scores ? width : 2;
  std::optional<detail::Weights> weights;
  if (sample_weight) weights.emplace(op, *sample_weight, samples, loc);

  const Array wanted = one_hot ? y_true.astype(DType::float64) : y_true;
  const Array given =
      scores || !numbers ? (is_floating(y_pred.dtype()) ? y_pred : y_pred.astype(DType::float64)) : y_pred;
  const auto class_of = [&](const Array& a, bool row, bool probability, std::int64_t i) -> std::int64_t {
    if (row || probability)
      return detail::visit({a, a}, [&](auto* x, auto*) -> std::int64_t {
        return row ? detail::first_largest(x + i * width, width) : x[i] > 0.5;
      });
    return detail::Labels(a, now)[i];
  };
  const auto each = [&](auto use) {
    for (std::int64_t i = 0; i < n; ++i)
      use(i, class_of(wanted, one_hot, false, i), class_of(given, scores, !scores && !numbers, i));
  };
  each([&](std::int64_t i, std::int64_t t, std::int64_t p) {
    if (t < 0 || t >= now || p < 0 || p >= now)
      throw IndexError(
          op, "needs classes below " + std::to_string(now) + "; got another in sample " + std::to_string(i), loc);
  });
  classes = now;
  counts.resize(static_cast<std::size_t>(now * now));
  each([&](std::int64_t i, std::int64_t t, std::int64_t p) {
    counts[static_cast<std::size_t>(t * now + p)] += weights ? weights->at(i / weights->reach()) : 1;
  });
}

Array ConfusionMatrix::result() const {
  const std::int64_t n = classes > 0 ? classes : num_classes;
  if (counts.empty()) return zeros({n, n}, DType::float64);
  return Array::from<double>(counts, {n, n});
}

double ConfusionMatrix::value() const noexcept {
  double right = 0, all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all += counts[i];
    if (i % (static_cast<std::size_t>(classes) + 1) == 0) right += counts[i];
  }
  return all == 0 ? 0 : right / all;
}

}  // namespace xgrad
