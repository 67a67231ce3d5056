#include "train/check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "core/settings_file.hpp"
#include "train/passes.hpp"
#include "xgrad/nn/initializers.hpp"
#include "xgrad/nn/logits.hpp"

namespace xgrad {

namespace {

using detail::Json;
using detail::LogitsKind;

enum class Family { other, binary, one_hot, sparse };

/// What the checks look at.
struct Facts {
  std::string loss;  // Keras's name; "" for none, "loss" for one of the user's own
  Family family = Family::other;
  bool from_logits = false;
  bool sigmoid = false, softmax = false;  // what gave the result
  std::int64_t units = 1;                 // along the result's last axis
  Array result = zeros({0});              // [n, …], float64
  Array y = zeros({0});                   // as given
  bool has_labels = false;
  bool class_numbers = false;  // y has one whole number a sample where the result has several units
  double least = 0, most = 0;  // of y
  bool whole = true;           // all of y
};

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

}  // namespace

bool detail::from_logits(Loss loss) {
  detail::SettingsFile file("check", "", {});
  Settings root = file.root();
  loss.settings(root);
  Json* config = file.json.find("config");
  Json* value = config ? config->find("from_logits") : nullptr;
  return value && value->boolean;
}

bool detail::is_binary(std::string_view loss) noexcept {
  return loss == "binary_crossentropy" || loss == "binary_focal_crossentropy";
}

namespace {

/// The name of a layer's activation; "" where it has none to speak of, or one of the user's own.
std::string activation_of(const Layer& layer) {
  if (layer.class_name() != "Dense" && layer.class_name() != "Activation") return "";
  detail::SettingsFile file("check", "", {});
  Settings root = file.root();
  try {
    layer.body()->settings(root);
  } catch (const ArgError&) {  // a function, which no file could hold
    return "";
  }
  Json* activation = file.json.find("activation");
  Json* name = activation ? activation->find("class_name") : nullptr;
  return name ? name->text : "";
}

void look_at_labels(Facts& f) {
  f.has_labels = f.y.size() > 0;
  if (!f.has_labels) return;
  visit_dtype(f.y.dtype(), [&]<class T>() {  // as they are: labels may be many
    const T *begin = f.y.data<T>(), *end = begin + f.y.size();
    const auto [low, high] = std::minmax_element(begin, end);
    f.least = static_cast<double>(*low);
    f.most = static_cast<double>(*high);
    if constexpr (std::is_floating_point_v<T>)
      f.whole = std::all_of(begin, end, [](T v) { return std::trunc(v) == v; });
  });
  const std::int64_t of_a_sample = f.y.size() / f.y.shape()[0];
  f.class_numbers = of_a_sample == 1 && f.units > 1 && f.whole && f.least >= 0;
}

Family family_of(const Facts& f) {
  if (detail::is_binary(f.loss)) return Family::binary;
  if (f.loss == "categorical_crossentropy" || f.loss == "categorical_focal_crossentropy") return Family::one_hot;
  if (f.loss == "sparse_categorical_crossentropy") return Family::sparse;
  if (f.loss == "crossentropy")
    return f.units == 1 ? Family::binary : f.class_numbers ? Family::sparse : Family::one_hot;
  return Family::other;
}

class Checks {
 public:
  Checks(const Facts& facts, ModelReport& report) : f_(facts), report_(report) {}

  void result() {
    if (f_.softmax && f_.units == 1)
      add(Severity::error, "softmax over one unit", "the result is a softmax over one unit", "it is 1 for every sample",
          "for a number: no activation, with mean_squared_error; for yes or no: sigmoid, with binary_crossentropy");
    if (f_.family == Family::other) return other_losses();
    const char* right = f_.family == Family::binary ? "sigmoid" : "softmax";
    const bool probability = f_.sigmoid || f_.softmax;
    if (f_.from_logits && probability)
      add(Severity::error, "probabilities under from_logits",
          "the result is a " + std::string(f_.sigmoid ? "sigmoid" : "softmax") + ", and " + f_.loss +
              " takes it for logits",
          "it would be squashed a second time", "leave the activation, or from_logits, away");
    if (!f_.from_logits && !probability && outside(0, 1))
      add(Severity::error, "logits under a loss of probabilities",
          f_.loss + " needs probabilities, and the result goes from " + number(least()) + " to " + number(most()),
          "what is outside of 0 to 1 is clipped, and gets no gradient",
          std::string("activation ") + right + " in the last layer, or from_logits = true");
    if (f_.family == Family::binary && f_.softmax && f_.units > 1)
      add(Severity::warning, "softmax under a binary loss",
          f_.loss + " is of " + std::to_string(f_.units) + " questions of yes or no, and the result is a softmax",
          "a softmax makes one class win, and the others count as nos of their own",
          "one class a sample: categorical_crossentropy; several at once: sigmoid");
    if (f_.family != Family::binary && f_.units == 1 && !f_.softmax)
      add(Severity::error, "one unit under a categorical loss",
          f_.loss + " is of one class among several, and the result has one unit", "there is nothing to choose from",
          "a unit for each class, with softmax; or sigmoid with binary_crossentropy");
    else if (f_.family != Family::binary && f_.sigmoid)
      add(Severity::warning, "sigmoid under a categorical loss",
          f_.loss + " is of one class among " + std::to_string(f_.units) + ", and the result is a sigmoid",
          "sigmoids do not share one probability among the classes",
          "softmax; or, where several classes may hold at once, binary_crossentropy");
  }

  void labels() {
    if (!f_.has_labels) return;
    const std::string range = number(f_.least) + " to " + number(f_.most);
    switch (f_.family) {
      case Family::sparse:
        if (f_.y.rank() > 1 && f_.y.shape().back() == f_.units && f_.units > 1)
          add(Severity::error, "one-hot labels under a sparse loss",
              f_.loss + " needs class numbers, and the labels are rows of " + std::to_string(f_.units),
              "each entry would be a class", "categorical_crossentropy");
        else if (!f_.whole)
          add(Severity::error, "labels that are no classes",
              f_.loss + " needs whole numbers; the labels go from " + range, "half a class is none",
              "mean_squared_error for numbers; else look at the labels");
        else if (f_.least < 0 || f_.most >= static_cast<double>(f_.units))
          add(Severity::error, "labels out of range",
              f_.loss + " needs labels from 0 to " + std::to_string(f_.units - 1) + ", for the result has " +
                  std::to_string(f_.units) + " units; they go from " + range,
              "the others have no unit",
              f_.least >= 1 && f_.most <= static_cast<double>(f_.units)
                  ? "subtract 1 from the labels"
                  : "a unit for each class (Dense{" + number(f_.most + 1) + "}), or labels from 0");
        return;
      case Family::one_hot:
        if (f_.class_numbers)
          add(Severity::error, "class numbers under a one-hot loss",
              f_.loss + " needs a row of " + std::to_string(f_.units) +
                  " numbers a sample, and the labels are class numbers",
              "the number of a class would be its weight", "sparse_categorical_crossentropy, or to_categorical(y)");
        else if (f_.least < 0 || f_.most > 1)
          add(Severity::error, "labels out of range", f_.loss + " needs labels from 0 to 1; they go from " + range,
              "they are the shares of the classes", "to_categorical(y), or look at the labels");
        return;
      case Family::binary:
        if (f_.least < 0 || f_.most > 1)
          add(Severity::error, "labels out of range", f_.loss + " needs labels from 0 to 1; they go from " + range,
              "the loss has no lower bound there",
              f_.least == -1 && f_.most == 1 ? "(y + 1) / 2, or hinge"
                                             : "sparse_categorical_crossentropy for several classes");
        return;
      default:
        if ((f_.sigmoid || f_.softmax) && (f_.least < 0 || f_.most > 1) && f_.loss != "loss" && f_.loss != "ctc" &&
            !f_.loss.empty())
          add(Severity::error, "targets out of reach",
              std::string("the result is a ") + (f_.sigmoid ? "sigmoid" : "softmax") +
                  ", from 0 to 1; the targets go from " + range,
              "no weights reach them", "no activation in the last layer, or scale the targets");
        if ((f_.loss == "poisson" || f_.loss == "mean_squared_logarithmic_error") && f_.least < 0)
          add(Severity::error, "targets out of range",
              f_.loss + " needs targets that are not negative; they go from " + range, "they are counts, or sizes",
              "mean_squared_error");
    }
  }

  void metrics(const std::vector<Metric>& metrics) {
    for (const Metric& m : metrics)
      if (m.name() == "accuracy" && f_.has_labels && !f_.whole && f_.family == Family::other)
        add(Severity::warning, "accuracy of numbers", "the metric accuracy counts hits, and the targets are no classes",
            "two measured numbers are hardly ever equal", "mean_absolute_error, or r2_score");
  }

  void weights(const Model& model) {
    std::string bad;
    for (const Parameter& p : model.weights()) {
      const Array& v = p.value();
      const bool finite = visit_dtype(v.dtype(), [&]<class T>() {
        if constexpr (std::is_floating_point_v<T>)
          return std::all_of(v.data<T>(), v.data<T>() + v.size(), [](T x) { return std::isfinite(x); });
        return true;
      });
      if (!finite) bad += (bad.empty() ? "'" : ", '") + p.name() + "'";
    }
    if (!bad.empty())
      add(Severity::error, "weights that are not finite", "NaN or infinity stands in " + bad,
          "they spread to every result", "build the model anew; a lower learning rate, or clipnorm, keeps them finite");
    if (model.parameters().empty() && !f_.loss.empty())
      add(Severity::warning, "nothing to train", "no weight is trainable", "training would change nothing",
          "set_trainable(true), or layers with weights");
  }

  void layers(const std::vector<detail::LayerResults::Result>& results) {
    std::vector<const detail::LayerResults::Result*> dense;  // those that follow on each other
    std::string stacked;
    for (const auto& r : results) {
      const std::string kind = r.layer.class_name();
      if (kind == "Dropout" || kind == "GaussianNoise" || kind == "Sequential") continue;
      if (kind == "Dense" && !dense.empty() && dense.back()->path != r.path)
        stacked += (stacked.empty() ? "'" : ", '") + dense.back()->layer.name() + "' and '" + r.layer.name() + "'";
      dense.clear();
      if (kind == "Dense" && activation_of(r.layer) == "linear") dense.push_back(&r);
    }
    if (!stacked.empty())
      add(Severity::note, "Dense layers without activation",
          stacked + " follow on each other with no activation between", "two linear layers are one",
          "an activation in all but the last, relu say");
    for (const auto& r : results) dead_units(r);
  }

 private:
  void other_losses() {
    if (f_.loss == "ctc" && (f_.sigmoid || f_.softmax))
      add(Severity::error, "probabilities under ctc",
          std::string("the result is a ") + (f_.sigmoid ? "sigmoid" : "softmax") + ", and ctc takes it for logits",
          "it would be squashed a second time", "leave the activation away");
    if ((f_.loss == "poisson" || f_.loss == "kl_divergence") && !f_.sigmoid && !f_.softmax && least() < 0)
      add(Severity::error, "negative results under " + f_.loss,
          f_.loss + " needs results that are not negative, and they go from " + number(least()) + " to " +
              number(most()),
          "the logarithm of what is below 0 is none",
          f_.loss == "poisson" ? "activation exponential or softplus in the last layer"
                               : "activation softmax in the last layer");
  }
  void add(Severity severity, const std::string& what, std::string message, const char* why, std::string advice) {
    report_.findings.push_back({severity, what, std::move(message), why, std::move(advice)});
  }

  double least() const { return *std::min_element(begin(), end()); }
  double most() const { return *std::max_element(begin(), end()); }
  bool outside(double low, double high) const { return f_.result.size() > 0 && (least() < low || most() > high); }
  const double* begin() const { return f_.result.data<double>(); }
  const double* end() const { return begin() + f_.result.size(); }

  /// Units of a ReLU that no sample moves.
  void dead_units(const detail::LayerResults::Result& r) {
    const bool relu = activation_of(r.layer) == "relu" || r.layer.class_name() == "ReLU";
    const Array& v = r.value.value();
    constexpr std::int64_t enough = 32;
    if (!relu || v.rank() < 2 || v.shape()[0] < enough) return;
    const std::int64_t units = v.shape().back(), rows = v.size() / std::max<std::int64_t>(units, 1);
    std::int64_t dead = 0;
    visit_dtype(v.dtype(), [&]<class T>() {
      const T* p = v.data<T>();
      for (std::int64_t u = 0; u < units; ++u) {
        bool moved = false;
        for (std::int64_t i = 0; i < rows && !moved; ++i) moved = p[i * units + u] != T{};
        dead += !moved;
      }
    });
    if (dead == 0) return;
    add(10 * dead > units ? Severity::warning : Severity::note, "dead units",
        std::to_string(dead) + " of the " + std::to_string(units) + " units of '" + r.layer.name() +
            "' give 0 for all " + std::to_string(v.shape()[0]) + " samples",
        "no gradient reaches them: they stay as they are",
        "inputs of mean 0 and standard deviation 1, a lower learning rate, he_normal, or leaky_relu");
  }

  const Facts& f_;
  ModelReport& report_;
};

}  // namespace

ModelReport detail::check_model(const Model& model, const Trainer& trainer, const Samples& x, const Array& y) {
  const NoGrad off;
  const Training inference(false);
  ModelReport report;
  Facts facts;
  facts.loss = trainer.compiled ? trainer.loss.name() : "";
  facts.from_logits = trainer.compiled && from_logits(trainer.loss);
  facts.y = y;
  report.subject = "model '" + model.name() + "'";
  if (trainer.compiled) report.subject += " with loss " + (facts.loss == "loss" ? "of your own" : facts.loss);

  Shape batch = model.body()->sample_shape();
  batch.insert(0, 8);
  const LayerResults watch;
  const bool real = x.given() && x.size() > 0;
  const Var y_pred = real ? result_of(model, x) : model(random_uniform(batch, 1, -1, 1));
  facts.units = y_pred.rank() > 1 ? y_pred.shape().back() : 1;
  facts.sigmoid = !logits_behind(y_pred, LogitsKind::sigmoid).empty();
  facts.softmax = !logits_behind(y_pred, LogitsKind::softmax).empty();
  facts.result = y_pred.value().astype(DType::float64);
  look_at_labels(facts);
  facts.family = family_of(facts);

  Checks checks(facts, report);
  checks.weights(model);
  if (!facts.loss.empty()) {
    checks.result();
    checks.labels();
    checks.metrics(trainer.metrics);
  }
  checks.layers(watch.results);
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const ModelFinding& a, const ModelFinding& b) { return a.severity > b.severity; });
  return report;
}

void detail::warn(const Model& model, Trainer& trainer, const Samples& x, const Array& y) {
  const ModelReport report = check_model(model, trainer, x, y);
  for (const ModelFinding& f : report.findings) {
    const bool said = std::find(trainer.said.begin(), trainer.said.end(), f.what) != trainer.said.end();
    if (f.severity == Severity::note || said) continue;
    trainer.said.push_back(f.what);
    std::fprintf(stderr, "xgrad: %s: %s: %s; %s. Instead: %s.\n", report.subject.c_str(), f.what.c_str(),
                 f.message.c_str(), f.why.c_str(), f.advice.c_str());
  }
}

ModelReport Model::check(const Samples& x, const Array& y, Loc loc) {
  const detail::Pass pass(loc);
  if (x.given() && y.size() > 0) detail::need_samples("check", x, y, loc);
  if (x.given()) build(x.sample_shape(), DType::float32, loc);
  if (!built())
    throw ArgError("check", "needs samples, or a model that is built; got '" + name() + "', which is not", loc);
  return detail::check_model(*this, *trainer_, x, y);
}

NamedArrays Model::activations(const Samples& x, Loc loc) {
  const detail::Pass pass(loc);
  const NoGrad off;
  const Training inference(false);
  build(x.sample_shape(), DType::float32, loc);
  const detail::LayerResults watch;
  detail::result_of(*this, x);
  NamedArrays all;
  const std::string own = name() + "/";
  for (const auto& r : watch.results)
    if (r.path.starts_with(own)) all.emplace_back(r.path.substr(own.size()), r.value.value());
  return all;
}

bool ModelReport::clean() const noexcept {
  return std::all_of(findings.begin(), findings.end(),
                     [](const ModelFinding& f) { return f.severity == Severity::note; });
}

const ModelFinding* ModelReport::find(std::string_view what) const noexcept {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const ModelFinding& f) { return f.what == what; });
  return at == findings.end() ? nullptr : &*at;
}

std::string ModelReport::to_string() const {
  std::string text = subject + '\n';
  if (findings.empty()) return text + "nothing found\n";
  for (const ModelFinding& f : findings)
    text += '\n' + std::string(name_of(f.severity)) + ": " + f.what + "\n  " + f.message + "\n  why: " + f.why +
            "\n  instead: " + f.advice + '\n';
  return text;
}

std::ostream& operator<<(std::ostream& out, const ModelReport& report) { return out << report.to_string(); }

}  // namespace xgrad
