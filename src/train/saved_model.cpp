// Whole models in files.

#include <algorithm>
#include <map>

#include "io/model_file.hpp"
#include "io/names.hpp"
#include "nn/saved_layer.hpp"
#include "train/saved_model.hpp"
#include "train/trainer.hpp"
#include "xgrad/io/safetensors.hpp"

namespace xgrad {

namespace {

using detail::SavedLayer;

constexpr int format = 1;

std::string slot_name(const Parameter& p, const std::string& slot) {
  return detail::optimizer_prefix + p.name() + "/" + slot;
}

/// The weights in a file, of which each is taken once.
class FileWeights final : public detail::WeightSource {
 public:
  FileWeights(const Safetensors& file, const std::string& path, Loc loc) : path_(path), loc_(loc) {
    for (const auto& [name, array] : file.arrays)
      if (!name.starts_with(detail::optimizer_prefix)) left_.emplace(name, array);
  }

  Array take(const std::string& name, const Shape& shape, DType dtype) override {
    const auto found = left_.find(name);
    const std::string needs = "a weight '" + name + "' " + name_of(dtype) + shape.to_string();
    if (found == left_.end()) refuse(needs, "none");
    Array value = found->second;
    if (value.shape() != shape || value.dtype() != dtype) refuse(needs, signature(value));
    left_.erase(found);
    return value;
  }

  void finish() const {
    if (!left_.empty())
      refuse("weights of the model alone", "'" + left_.begin()->first + "' and " + std::to_string(left_.size() - 1) +
                                               " others that it does not have");
  }

 private:
  [[noreturn]] void refuse(const std::string& needs, const std::string& got) const {
    throw IoError("load_model", "needs " + needs + " in " + path_ + "; got " + got, loc_);
  }
  std::map<std::string, Array> left_;
  const std::string& path_;
  Loc loc_;
};

/// The optimizer's memory of the parameters. Missing slots stay unmade: a parameter that had no step has none.
void restore_memory(Optimizer& optimizer, const Parameters& weights, const Safetensors& file, std::int64_t iterations,
                    const std::string& path, Loc loc) {
  optimizer.set_iterations(iterations, loc);
  const std::vector<std::string> names = optimizer.slot_names();
  std::map<std::string_view, const Array*> arrays;
  for (const auto& [name, array] : file.arrays) arrays.emplace(name, &array);
  for (const Parameter& p : weights) {
    std::vector<Array> slots;
    for (const std::string& name : names) {
      const auto found = arrays.find(slot_name(p, name));
      if (found == arrays.end()) continue;
      if (found->second->shape() != p.shape() || found->second->dtype() != p.dtype())
        throw IoError("load_model",
                      "needs '" + slot_name(p, name) + "' like its weight, " + signature(p.value()) + ", in " + path +
                          "; got " + signature(*found->second),
                      loc);
      slots.push_back(*found->second);
    }
    if (!slots.empty() && slots.size() == names.size()) optimizer.set_slots(p, std::move(slots), loc);
  }
}

}  // namespace

detail::SavedModel::SavedModel(const Model& model, const char* operation, const std::string& path, Loc loc)
    : file(operation, path, loc) {
  if (!path.ends_with(".safetensors"))
    throw ArgError(operation, "needs a path that ends in .safetensors; got '" + path + "'", loc);
  if (!model.built())
    throw ArgError(
        operation,
        "needs a model that is built; got '" + model.name() + "', which has no weights yet (call build first)", loc);
  Settings root = file.root();
  int version = format;
  Shape sample = model.body()->sample_shape();
  std::string dtype = name_of(SavedLayer::dtype(model));
  root("format", version);
  Settings architecture = root.member("model");
  SavedLayer::write(architecture, model);
  root("sample", sample)("dtype", dtype);

  const Parameters all = model.weights();
  for (const Parameter& p : all) arrays.emplace_back(p.name(), p.value());
  Trainer& trainer = trainer_of(model);
  if (trainer.compiled) {
    Settings compiled = root.member("compile");
    Optimizer& optimizer = trainer.optimizer;
    compiled("optimizer", optimizer)("loss", trainer.loss);
    for (Metric& m : trainer.metrics) {
      Settings element = compiled.append("metrics");
      m.settings(element);
    }
    std::int64_t iterations = optimizer.iterations();
    compiled("iterations", iterations);
    const std::vector<std::string> slots = optimizer.slot_names();
    for (const Parameter& p : all) {
      const std::span<const Array> memory = optimizer.slots(p);
      for (std::size_t i = 0; i < memory.size() && i < slots.size(); ++i)
        arrays.emplace_back(slot_name(p, slots[i]), memory[i]);
    }
  }
  check_names(operation, arrays, loc);
}

void Model::save(const std::string& path, Loc loc) const {
  const detail::SavedModel saved(*this, "save", path, loc);
  save_safetensors(path, saved.arrays, {{"format", "xgrad"}, {detail::model_key, saved.file.text()}}, loc);
}

Model load_model(const std::string& path, LoadModelOptions options, Loc loc) {
  const Safetensors file = load_safetensors(path, loc);
  const auto text = file.metadata.find(detail::model_key);
  if (text == file.metadata.end())
    throw IoError("load_model",
                  "needs a model that Model::save has written in " + path +
                      "; got arrays alone (load_weights gives them to a model that is there)",
                  loc);
  detail::SettingsFile settings("load_model", path, loc, text->second);
  Settings root = settings.root();
  int version = 0;
  root("format", version);
  if (version != format) root.refuse("format " + std::to_string(format), std::to_string(version));

  Settings architecture = root.member("model");
  if (!architecture) root.refuse("a setting 'model'", "none");
  const Layer layer = SavedLayer::read(architecture, options.layers);
  Shape sample;
  std::string dtype = "float32";
  root("sample", sample)("dtype", dtype);
  if (dtype != "float32" && dtype != "float64") root.refuse("a dtype float32 or float64", "'" + dtype + "'");
  for (std::int64_t size = 1; std::int64_t extent : sample)
    if (extent < 0 || __builtin_mul_overflow(size, std::max<std::int64_t>(extent, 1), &size) ||
        size > (std::int64_t{1} << 40))
      root.refuse("a sample that fits memory", sample.to_string());
  {
    FileWeights weights(file, path, loc);
    layer.build(sample, dtype == "float64" ? DType::float64 : DType::float32, loc);
    weights.finish();
  }
  SavedLayer::set_trainable(architecture, layer);

  Model model(layer);
  if (Settings compiled = root.member("compile")) {
    CompileOptions with;
    std::string missing;
    const auto own = [&](const char* what, const std::string& option) {
      missing += std::string(missing.empty() ? "its file notes " : " and ") + what +
                 " of your own: give it to load_model as ." + option + ", or compile";
    };
    std::int64_t iterations = 0;
    Settings optimizer = compiled.member("optimizer"), loss = compiled.member("loss");
    if (!optimizer || !loss) compiled.refuse("an optimizer and a loss", "none");
    const bool known = with.optimizer.settings(optimizer);
    if (options.optimizer) {
      with.optimizer = *options.optimizer;
    } else if (!known) {
      own("an optimizer", "optimizer");
    }
    if (!with.loss.settings(loss) && options.loss.empty()) own("a loss", "loss");
    if (!options.loss.empty()) with.loss = options.loss;
    for (Settings& element : compiled.elements("metrics")) {
      Metric metric("accuracy");
      if (metric.settings(element)) {
        with.metrics.push_back(std::move(metric));
      } else if (!options.metrics) {
        own("a metric", "metrics");
      }
    }
    if (options.metrics) with.metrics = *options.metrics;
    compiled("iterations", iterations);
    if (iterations < 0) compiled.refuse("iterations that are not negative", std::to_string(iterations));
    if (missing.empty()) {
      model.compile(std::move(with), loc);
      restore_memory(model.optimizer(loc), model.weights(), file, iterations, path, loc);
    }
    detail::trainer_of(model).missing = missing;
  }
  root.finish();
  return model;
}

}  // namespace xgrad
