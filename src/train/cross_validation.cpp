#include "xgrad/train/cross_validation.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "xgrad/ops/index.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using Places = std::vector<std::int64_t>;

Array array_of(const Places& places) {
  return Array::from(std::span<const std::int64_t>(places), {static_cast<std::int64_t>(places.size())});
}

/// The numbers below n: as they stand, or in the order of a seed.
Places order(std::int64_t n, const FoldOptions& o) {
  Places places(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::int64_t>(i);
  if (!o.shuffle) return places;
  struct Restore {  // the thread's own sequence stays as it was
    std::uint64_t seed = detail::mode().random_seed, stream = detail::mode().random_stream;
    ~Restore() {
      detail::mode().random_seed = seed;
      detail::mode().random_stream = stream;
    }
  } restore;
  set_seed(o.seed);
  const Array permutation = random::permutation(n);
  std::copy_n(permutation.data<std::int64_t>(), n, places.begin());
  return places;
}

void need_folds(const char* operation, std::int64_t n, int k, Loc loc) {
  if (k < 2 || k > n)
    throw ArgError(
        operation,
        "needs 2 to " + std::to_string(n) + " folds of " + std::to_string(n) + " samples; got " + std::to_string(k),
        loc);
}

/// Folds from the fold of each sample, both parts in the order of `places`.
std::vector<Fold> folds_of(const Places& places, const std::vector<int>& fold_of_place, int k) {
  std::vector<Fold> folds;
  for (int f = 0; f < k; ++f) {
    Places train, validation;
    for (std::size_t i = 0; i < places.size(); ++i) (fold_of_place[i] == f ? validation : train).push_back(places[i]);
    folds.push_back({array_of(train), array_of(validation)});
  }
  return folds;
}

}  // namespace

std::vector<Fold> k_fold(std::int64_t n, int k, FoldOptions options, Loc loc) {
  need_folds("k_fold", n, k, loc);
  std::vector<int> fold(static_cast<std::size_t>(n));
  const std::int64_t size = n / k, larger = n % k;
  std::int64_t at = 0;
  for (int f = 0; f < k; ++f)
    for (std::int64_t i = 0; i < size + (f < larger ? 1 : 0); ++i) fold[static_cast<std::size_t>(at++)] = f;
  return folds_of(order(n, options), fold, k);
}

std::vector<Fold> repeated_k_fold(std::int64_t n, int k, int repeats, std::uint64_t seed, Loc loc) {
  if (repeats < 1) throw ArgError("repeated_k_fold", "needs at least 1 repeat; got " + std::to_string(repeats), loc);
  std::vector<Fold> all;
  for (int r = 0; r < repeats; ++r)
    for (Fold& fold : k_fold(n, k, {.shuffle = true, .seed = seed + static_cast<std::uint64_t>(r)}, loc))
      all.push_back(std::move(fold));
  return all;
}

std::vector<Fold> stratified_k_fold(const Array& labels, int k, FoldOptions options, Loc loc) {
  if (is_floating(labels.dtype()) || (labels.rank() != 1 && labels.shape().size() != labels.shape()[0]))
    throw DTypeError("stratified_k_fold", "needs whole numbers, one a sample; got " + signature(labels), loc);
  const std::int64_t n = labels.size();
  need_folds("stratified_k_fold", n, k, loc);
  const Array numbers = labels.astype(DType::int64);
  const Places places = order(n, options);
  std::map<std::int64_t, std::int64_t> seen;
  std::vector<int> fold;
  int first = 0;  // where the next class begins to be dealt, so that the folds stay of one size
  std::map<std::int64_t, int> begin;
  for (std::int64_t p : places) ++seen[numbers.data<std::int64_t>()[p]];
  for (const auto& [label, count] : seen) {
    if (count < k)
      throw ArgError("stratified_k_fold",
                     "needs at least " + std::to_string(k) + " samples of each class; got " + std::to_string(count) +
                         " of class " + std::to_string(label),
                     loc);
    begin[label] = first;
    first = static_cast<int>((first + count) % k);
  }
  std::map<std::int64_t, std::int64_t> dealt;
  for (std::int64_t p : places) {
    const std::int64_t label = numbers.data<std::int64_t>()[p];
    fold.push_back(static_cast<int>((begin[label] + dealt[label]++) % k));
  }
  return folds_of(places, fold, k);
}

std::vector<Fold> time_series_split(std::int64_t n, int k, Loc loc) {
  if (k < 1 || k >= n)
    throw ArgError("time_series_split",
                   "needs 1 to " + std::to_string(n - 1) + " splits of " + std::to_string(n) + " samples; got " +
                       std::to_string(k),
                   loc);
  const std::int64_t size = n / (k + 1);
  std::vector<Fold> folds;
  for (int f = 0; f < k; ++f) {
    const std::int64_t begin = n - size * (k - f);
    const auto range = [](std::int64_t from, std::int64_t to) {
      return arange(static_cast<double>(from), static_cast<double>(to), 1, DType::int64);
    };
    folds.push_back({range(0, begin), range(begin, begin + size)});
  }
  return folds;
}

double CrossValidation::mean(FigureName figure) const {
  double sum = 0;
  for (const Evaluation& e : scores) sum += e[figure];
  return scores.empty() ? 0 : sum / static_cast<double>(scores.size());
}
double CrossValidation::stddev(FigureName figure) const {
  const double middle = mean(figure);
  double sum = 0;
  for (const Evaluation& e : scores) sum += (e[figure] - middle) * (e[figure] - middle);
  return scores.empty() ? 0 : std::sqrt(sum / static_cast<double>(scores.size()));
}
std::vector<double> CrossValidation::mean_curve(FigureName figure) const {
  std::vector<double> curve;
  std::vector<int> count;
  for (const History& h : histories) {
    const std::vector<double>& one = h[figure];
    curve.resize(std::max(curve.size(), one.size()));
    count.resize(curve.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      curve[i] += one[i];
      ++count[i];
    }
  }
  for (std::size_t i = 0; i < curve.size(); ++i) curve[i] /= count[i];
  return curve;
}

CrossValidation cross_validate(const std::function<Model()>& make, const Samples& x, const Array& y,
                               const std::vector<Fold>& folds, FitOptions options, Loc loc) {
  CrossValidation all;
  for (const Fold& fold : folds) {
    Model model = make();
    const Samples held_x = x.take(fold.validation);
    const Array held_y = take(y, fold.validation, 0);
    FitOptions how = options;
    how.validation_data = {held_x, held_y};
    all.histories.push_back(model.fit(x.take(fold.train), take(y, fold.train, 0), how, loc));
    all.scores.push_back(model.evaluate(
        held_x, held_y, {.batch_size = options.batch_size, .verbose = options.verbose == 1 ? 1 : 0}, loc));
  }
  return all;
}

}  // namespace xgrad
