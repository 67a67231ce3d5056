#include "xgrad/train/recorder.hpp"

#include <algorithm>

#include "train/passes.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/core/settings.hpp"
#include "xgrad/ops/index.hpp"

namespace xgrad {

namespace {

constexpr const char* operation = "TrainingRecorder";

/// Records are made of each `distance`-th epoch, and of the last.
int distance(const TrainingRun& run, int most) {
  int d = 1;
  const auto records = [&] { return 1 + run.epochs / d + (run.epochs % d != 0); };
  while (records() > most) ++d;
  return d;
}

/// The numbers of so many samples, evenly spread.
Array spread(std::int64_t samples, std::int64_t wanted) {
  Array numbers = Array::empty({wanted}, DType::int64);
  auto* out = numbers.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < wanted; ++i) out[i] = i * samples / wanted;
  return numbers;
}

// A backup keeps each record's histograms as rows of one array.
constexpr std::int64_t figures = 9;

void write(const NamedHistograms& all, double*& to) {
  for (const auto& [name, h] : all) {
    for (std::int64_t n : {h.finite, h.zeros, h.nan, h.inf}) *to++ = static_cast<double>(n);
    for (double v : {h.lowest, h.highest, h.mean, h.stddev, h.norm}) *to++ = v;
    to = std::transform(h.counts.begin(), h.counts.end(), to, [](std::int64_t n) { return static_cast<double>(n); });
  }
}

void read(NamedHistograms& all, const std::vector<std::string>& names, std::size_t bins, const double*& from) {
  for (const std::string& name : names) {
    Histogram h;
    for (std::int64_t* n : {&h.finite, &h.zeros, &h.nan, &h.inf}) *n = static_cast<std::int64_t>(*from++);
    for (double* v : {&h.lowest, &h.highest, &h.mean, &h.stddev, &h.norm}) *v = *from++;
    for (std::size_t i = 0; i < bins; ++i) h.counts.push_back(static_cast<std::int64_t>(*from++));
    all.emplace_back(name, std::move(h));
  }
}

std::vector<std::string> names_of(const NamedHistograms& all) {
  std::vector<std::string> names;
  for (const auto& [name, h] : all) names.push_back(name);
  return names;
}

}  // namespace

void TrainingRecorder::on_train_begin(TrainingRun& run) {
  const Loc loc = detail::user_line();
  detail::positive(operation, "number of samples", samples, loc);
  detail::positive(operation, "number of bins", bins, loc);
  if (max_epochs < 2)
    throw ArgError(operation, "needs a max_epochs of at least 2; got " + std::to_string(max_epochs), loc);
  if (x.given()) detail::need_samples(operation, x, y, loc);
  if (!x.given() && !run.x) throw ArgError(operation, "needs samples to look with; got none", loc);
  *state = State{};
  State& s = *state;
  s.x = x.given() ? x : *run.x;
  s.y = x.given() ? y : *run.y;
  s.origin = x.given() ? "samples of the recorder" : run.held_out ? "held-out samples" : "training samples";
  const std::int64_t n = s.x.size();
  const Array numbers = spread(n, std::min(n, samples));
  s.probe_x = n > samples ? s.x.take(numbers) : s.x;
  s.probe_y = n > samples ? take(s.y, numbers, 0) : s.y;
  detail::trainer_of(run.model).recorded = state;
}

void TrainingRecorder::on_train_ready(TrainingRun& run) {
  if (!run.resumption) record(run, run.epoch);
}

void TrainingRecorder::on_epoch_end(TrainingRun& run, int epoch, Logs&) {
  if ((epoch + 1) % distance(run, max_epochs) == 0 || epoch + 1 == run.epochs) record(run, epoch + 1);
}

void TrainingRecorder::on_epoch_done(TrainingRun& run,
                                     int epoch) {  // by now everybody has said whether this is the end
  if (run.stop && (state->records.empty() || state->records.back().epochs != epoch + 1)) record(run, epoch + 1);
}

void TrainingRecorder::on_train_end(TrainingRun& run) {  // the recorder may watch another model next
  detail::trainer_of(run.model).recorded = std::make_shared<const State>(*state);
}

void TrainingRecorder::record(TrainingRun& run, int epochs) {
  State& s = *state;
  const detail::Trainer& trainer = detail::trainer_of(run.model);
  const Parameters& trained = trainer.trained();
  const auto place = detail::RandomPlace::now();
  TrainingRecord r{.epochs = epochs};
  for (const Parameter& p : trained) r.weights.emplace_back(p.name(), histogram(p.value(), bins));
  {
    const EnableGrad on;
    const Training inference(false);
    Tape tape;
    auto scope = tape.scope();
    const detail::LayerResults watch;
    const Var loss = trainer.loss_of(run.model, {s.probe_x, s.probe_y});
    r.loss = loss.value().astype(DType::float64).item<double>();
    const std::string own = run.model.name() + "/";
    for (const auto& result : watch.results)
      if (result.path.starts_with(own))
        r.activations.emplace_back(result.path.substr(own.size()), histogram(result.value.value(), bins));
    if (!trained.empty()) {
      const std::vector<Var> gradients = grad(loss, {trained.begin(), trained.end()}, {.allow_unused = true});
      for (std::size_t i = 0; i < trained.size(); ++i)
        r.gradients.emplace_back(trained[i].name(), histogram(gradients[i].value(), bins));
    }
  }
  place.restore();
  s.records.push_back(std::move(r));
}

void TrainingRecorder::on_backup(Settings& seen, std::vector<Array>& arrays) {
  State& s = *state;
  std::vector<std::int64_t> epochs;
  std::vector<double> losses;
  std::vector<std::string> weights, activations;
  std::int64_t width = figures + bins;
  for (const TrainingRecord& r : s.records) {
    epochs.push_back(r.epochs);
    losses.push_back(r.loss);
    weights = names_of(r.weights);
    activations = names_of(r.activations);
  }
  seen("epochs", epochs)("losses", losses)("weights", weights)("activations", activations)("width", width);
  const auto rows = static_cast<std::int64_t>(2 * weights.size() + activations.size());
  if (!seen.reading()) {
    for (const TrainingRecord& r : s.records) {
      Array all = Array::empty({rows, width}, DType::float64);
      double* to = all.mutable_data<double>();
      for (const NamedHistograms* part : {&r.weights, &r.gradients, &r.activations}) write(*part, to);
      arrays.push_back(std::move(all));
    }
    return;
  }
  const Shape shape{rows, width};
  const bool whole = width > figures && losses.size() == epochs.size() && arrays.size() == epochs.size() &&
                     std::all_of(arrays.begin(), arrays.end(),
                                 [&](const Array& a) { return a.shape() == shape && a.dtype() == DType::float64; });
  if (!whole) seen.refuse("the histograms of each record", "others");
  s.records.clear();
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    TrainingRecord r{.epochs = static_cast<int>(epochs[i]), .loss = losses[i]};
    const double* from = arrays[i].data<double>();
    const auto counts = static_cast<std::size_t>(width - figures);
    read(r.weights, weights, counts, from);
    read(r.gradients, weights, counts, from);
    read(r.activations, activations, counts, from);
    s.records.push_back(std::move(r));
  }
}

}  // namespace xgrad
