#include "xgrad/nn/layer.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "core/near.hpp"
#include "nn/weights.hpp"
#include "tape/tape_state.hpp"
#include "xgrad/core/settings.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

thread_local detail::LayerTrace* tracing = nullptr;
thread_local int depth = 0;  // layers under way on this thread, one inside the other
thread_local detail::LayerResults* watching = nullptr;
thread_local AddedLosses* collecting = nullptr;
thread_local detail::WeightSource* weight_source = nullptr;

Shape without_batch(const Shape& batch) {
  Shape sample = batch;
  sample.erase(0);
  return sample;
}

/// A call of a layer: the nodes that it records bear its name and the user's line.
class Call {
 public:
  Call(const Layer& layer, const char*& outer, const char*& path, Loc loc) {
    detail::Mode& now = detail::mode();
    if (path == nullptr || outer != now.path) {  // the same model calls a layer from the same place each time
      outer = now.path;
      path = detail::intern(outer ? std::string(outer) + "/" + layer.name() : layer.name());
    }
    now.path = path;
    if (!now.origin.known()) now.origin = loc;
    if (tracing && depth == 0) tracing->layers.push_back(layer);
    ++depth;
  }
  ~Call() { --depth; }
  /// The result, seen by who watches.
  Var gives(const Layer& layer, Var y) const {
    if (watching) watching->results.push_back({layer, detail::mode().path, y});
    return y;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  ModeGuard restore_;
};

void collect(const Layer& layer, bool trainable, std::vector<detail::OwnedWeight>& all) {
  const LayerBody& body = *layer.body();
  const bool free = trainable && body.trainable();
  for (bool wanted : {true, false})
    for (const Weight& w : body.own_weights()) {
      if (w.trainable != wanted) continue;
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const detail::OwnedWeight& o) { return o.weight->parameter == w.parameter; });
      if (!known) all.push_back({&w, free && w.trainable});
    }
  for (const Layer& inner : layer.layers()) collect(inner, free, all);
}

struct Names {
  std::mutex mutex;
  std::map<std::string, int> used;
};
Names& names() {
  static auto* n = new Names;
  return *n;
}

}  // namespace

std::vector<detail::OwnedWeight> detail::weights_of(const Layer& layer) {
  std::vector<OwnedWeight> all;
  collect(layer, true, all);
  return all;
}

std::string detail::snake_case(std::string_view name) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string once;  // "_" before a capital that begins a word of small letters
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && upper(name[i]) && i + 1 < name.size() && lower(name[i + 1])) once += '_';
    once += name[i];
  }
  std::string text;  // "_" between a small letter and a capital
  for (std::size_t i = 0; i < once.size(); ++i) {
    if (i > 0 && lower(once[i - 1]) && upper(once[i])) text += '_';
    text += upper(once[i]) ? static_cast<char>(once[i] - 'A' + 'a') : once[i];
  }
  return text;
}

std::string detail::unique_name(std::string_view class_name) {
  std::lock_guard lock(names().mutex);
  const std::string base = snake_case(class_name);
  const int number = names().used[base]++;
  return number == 0 ? base : base + "_" + std::to_string(number);
}

void reset_layer_names() noexcept {
  std::lock_guard lock(names().mutex);
  names().used.clear();
}

// --- Layer ---

const std::string& Layer::name() const noexcept { return body_->name(); }
std::string Layer::class_name() const { return body_->class_name(); }
bool Layer::built() const noexcept { return body_->built_; }
const std::vector<Layer>& Layer::layers() const noexcept { return body_->layers_; }

void Layer::build(const Shape& sample, DType dtype, Loc loc) const {
  if (body_->built_) return;
  for (std::int64_t extent : sample)
    if (extent < 0)
      throw ShapeError(class_name(), "needs the shape of one sample, all extents known; got " + sample.to_string(),
                       loc);
  const ModeGuard restore;
  if (!detail::mode().origin.known()) detail::mode().origin = loc;
  body_->dtype_ = is_floating(dtype) ? dtype : DType::float32;
  const std::size_t weights = body_->weights_.size();
  try {
    body_->build(sample);
  } catch (...) {
    body_->weights_.erase(body_->weights_.begin() + static_cast<std::ptrdiff_t>(weights), body_->weights_.end());
    throw;
  }
  body_->sample_ = sample;
  body_->built_ = true;
  if (!body_->trainable_) set_trainable(false);
}

Shape Layer::output_shape(const Shape& sample) const {
  build(sample);
  return body_->output_shape(sample);
}

Var Layer::operator()(Arg x) const {
  return called(std::move(x), [this](const Var& v) { return body_->call(v); });
}

Var Layer::called(Arg x, FunctionRef<Var(const Var&)> result) const {
  const Loc loc = x.loc();
  Var v = operators::operator+(std::move(x));
  if (v.rank() == 0)
    throw ShapeError(class_name(), "needs a batch [n, …] in layer '" + name() + "'; got " + signature(v.value()), loc);
  if (!body_->built_) build(without_batch(v.shape()), v.dtype(), loc);
  const Call call(*this, body_->outer_path_, body_->path_, loc);
  const Var mask = mask_of(v);
  if (body_->converts() && v.dtype() != body_->dtype_) {
    v = astype(v, body_->dtype_);
    if (mask.valid()) with_mask(v, mask, loc);
  }
  const Var y = result(v);
  if (mask.valid() && body_->keeps_mask()) with_mask(y, mask, loc);
  return call.gives(*this, y);
}

Var Layer::operator()(const Csr& x, Loc loc) const {
  if (!body_->built_) build({x.columns()}, x.dtype(), loc);
  const Call call(*this, body_->outer_path_, body_->path_, loc);
  return call.gives(*this, body_->call(x, loc));
}

Parameters Layer::weights() const {
  Parameters all;
  for (const detail::OwnedWeight& w : detail::weights_of(*this)) all.push_back(w.weight->parameter);
  return all;
}

Parameters Layer::parameters() const {
  Parameters all;
  for (const detail::OwnedWeight& w : detail::weights_of(*this))
    if (w.trainable) all.push_back(w.weight->parameter);
  return all;
}

Parameter Layer::weight(std::string_view wanted, Loc loc) const {
  const Parameters all = weights();
  std::vector<std::string_view> known;
  for (const Parameter& p : all) {
    const std::string_view full = p.name();
    known.push_back(full);
    if (full == wanted || full == name() + "/" + std::string(wanted)) return p;
  }
  throw ArgError(class_name(),
                 "needs the name of a weight of layer '" + name() + "'; got '" + std::string(wanted) + "'" +
                     detail::near_matches(name() + "/" + std::string(wanted), known),
                 loc);
}

void Layer::set_weights(const std::vector<Array>& values, Loc loc) const {
  const Parameters all = weights();
  if (values.size() != all.size())
    throw ArgError(class_name(),
                   "needs " + std::to_string(all.size()) + " arrays for the weights of layer '" + name() + "'; got " +
                       std::to_string(values.size()),
                   loc);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (values[i].shape() != all[i].shape() || values[i].dtype() != all[i].dtype())
      throw ShapeError(
          class_name(),
          "needs " + signature(all[i].value()) + " for '" + all[i].name() + "'; got " + signature(values[i]), loc);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].assign(values[i], loc);
}

void Layer::set_trainable(bool trainable) const noexcept {
  body_->trainable_ = trainable;
  for (const Weight& w : body_->weights_) w.parameter.set_trainable(trainable && w.trainable);
  for (const Layer& inner : body_->layers_) inner.set_trainable(trainable);
}
bool Layer::trainable() const noexcept { return body_->trainable_; }

// --- LayerBody ---

LayerBody::LayerBody(std::string class_name, std::string name)
    : name_(name.empty() ? detail::unique_name(class_name) : std::move(name)), class_name_(std::move(class_name)) {}

void LayerBody::build(const Shape&) {}

void LayerBody::add_layer(const Layer& layer) { layers_.push_back(layer); }
Layer LayerBody::remove_layer() {
  const Layer last = layers_.back();
  layers_.pop_back();
  return last;
}

Var LayerBody::call(const Csr& x, Loc loc) {
  throw ArgError(class_name_,
                 "needs a dense batch in layer '" + name_ + "'; got a sparse one, " + signature(x) +
                     " (to_dense() gives the other; Dense takes both)",
                 loc);
}

void LayerBody::settings(Settings& s) {
  s.refuse("a layer that says what it is made of", "'" + name_ + "' (" + class_name_ +
                                                       "), which does not (LayerBody::settings; weights alone can be "
                                                       "saved with save_weights)");
}

Shape LayerBody::output_shape(const Shape& sample) {
  const NoGrad off;
  const Training inference(false);
  Shape batch = sample;
  batch.insert(0, 1);
  return without_batch(call(zeros(batch, dtype_)).shape());
}

Parameter LayerBody::add_weight(std::string_view name, const Shape& shape, const Initializer& initializer,
                                WeightOptions options) {
  detail::Mode& now = detail::mode();
  // The next number of the thread's sequence, mixed with its seed (SplitMix64's last step).
  std::uint64_t seed = now.random_seed + 0x9E3779B97F4A7C15u * ++now.random_stream;
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9u;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBu;
  seed ^= seed >> 31;
  const std::string full = name_ + "/" + std::string(name);
  Parameter p(full, weight_source ? weight_source->take(full, shape, dtype_)
                                  : initializer(shape, seed, dtype_, detail::user_line()));
  p.set_trainable(options.trainable && trainable_);
  weights_.push_back({p, std::move(options.regularizer), std::move(options.constraint), options.trainable});
  return p;
}

detail::WeightSource::WeightSource() : outer_(std::exchange(weight_source, this)) {}
detail::WeightSource::~WeightSource() { weight_source = outer_; }

// --- losses that layers add ---

void add_loss(const Var& loss) {
  if (collecting) collecting->losses_.push_back(loss);
}
AddedLosses::AddedLosses() : outer_(std::exchange(collecting, this)) {}
AddedLosses::~AddedLosses() { collecting = outer_; }

std::optional<Var> detail::penalties(std::span<const OwnedWeight> weights) {
  std::optional<Var> total;
  for (const OwnedWeight& w : weights) {
    if (!w.trainable || !w.weight->regularizer) continue;
    const Var penalty = w.weight->regularizer(w.weight->parameter);
    total = total ? *total + penalty : penalty;
  }
  return total;
}
Var penalties(const Layer& layer) { return detail::penalties(detail::weights_of(layer)).value_or(Var()); }

void detail::apply_constraints(std::span<const OwnedWeight> weights) {
  for (const OwnedWeight& w : weights)
    if (w.weight->constraint) w.weight->parameter.assign(w.weight->constraint(w.weight->parameter.value()));
}
void apply_constraints(const Layer& layer) { detail::apply_constraints(detail::weights_of(layer)); }

detail::LayerResults::LayerResults() : outer_(std::exchange(watching, this)) {}
detail::LayerResults::~LayerResults() { watching = outer_; }

detail::LayerTrace::LayerTrace() : outer_(std::exchange(tracing, this)), depth_(std::exchange(depth, 0)) {}
detail::LayerTrace::~LayerTrace() {
  tracing = outer_;
  depth = depth_;
}

}  // namespace xgrad
