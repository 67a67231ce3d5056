// The losses against Keras, and PyTorch where Keras has none: values, gradients and second derivatives, through
// losses.txt.

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "support/reference.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/nn/loss.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/softmax.hpp"

using reference::Case;
using reference::Values;
using namespace xgrad;

namespace {

Array array_of(const Values& values) {
  const Array data = Array::from<double>(values.data, Shape(std::span(values.shape)));
  return values.is_float() ? data : data.astype(DType::int64);
}

Reduction reduction_of(const std::string& name) {
  static const std::map<std::string, Reduction> reductions = {
      {"sum_over_batch_size", Reduction::sum_over_batch_size},
      {"mean", Reduction::mean},
      {"sum", Reduction::sum},
      {"mean_with_sample_weight", Reduction::mean_with_sample_weight},
      {"none", Reduction::none}};
  return reductions.at(name);
}
/// `from_logits True` as Python writes it in a list, 1 as the file does.
bool flag(const Case& c, const char* key) { return c.has(key) && c.text(key) != "0"; }
std::optional<std::int64_t> ignored(const Case& c) {
  if (!c.has("ignore_class")) return {};
  return static_cast<std::int64_t>(c.number("ignore_class"));
}

CrossentropyOptions crossentropy(const Case& c) {
  return {.from_logits = flag(c, "from_logits"), .label_smoothing = c.number("label_smoothing", 0)};
}
BinaryFocalOptions binary_focal(const Case& c) {
  return {.apply_class_balancing = flag(c, "apply_class_balancing"),
          .alpha = c.number("alpha", 0.25),
          .gamma = c.number("gamma", 2),
          .from_logits = flag(c, "from_logits"),
          .label_smoothing = c.number("label_smoothing", 0)};
}
CategoricalFocalOptions categorical_focal(const Case& c) {
  return {.alpha = c.number("alpha", 0.25),
          .gamma = c.number("gamma", 2),
          .from_logits = flag(c, "from_logits"),
          .label_smoothing = c.number("label_smoothing", 0)};
}
CtcOptions sequence(const Case& c) {
  return {.blank = static_cast<std::int64_t>(c.number("blank", 0)),
          .infeasible = flag(c, "zero_infinity") ? Infeasible::zero : Infeasible::infinity};
}

/// How a loss is called in its two forms.
struct Row {
  Var (*call)(const Case&, const Var& t, const Var& p);
  Loss (*make)(const Case&, Reduction);
};
template <class Form, Var (*function)(Arg, Arg)>
Row plain() {
  return {[](const Case&, const Var& t, const Var& p) { return function(t, p); },
          [](const Case&, Reduction r) { return Loss(Form{.reduction = r}); }};
}

const std::map<std::string, Row>& rows() {
  static const std::map<std::string, Row> table = {
      {"mean_squared_error", plain<MeanSquaredError, mean_squared_error>()},
      {"mean_absolute_error", plain<MeanAbsoluteError, mean_absolute_error>()},
      {"mean_absolute_percentage_error", plain<MeanAbsolutePercentageError, mean_absolute_percentage_error>()},
      {"mean_squared_logarithmic_error", plain<MeanSquaredLogarithmicError, mean_squared_logarithmic_error>()},
      {"log_cosh", plain<LogCosh, log_cosh>()},
      {"cosine_similarity", plain<CosineSimilarity, cosine_similarity>()},
      {"hinge", plain<Hinge, hinge>()},
      {"squared_hinge", plain<SquaredHinge, squared_hinge>()},
      {"categorical_hinge", plain<CategoricalHinge, categorical_hinge>()},
      {"poisson", plain<Poisson, poisson>()},
      {"kl_divergence", plain<KLDivergence, kl_divergence>()},
      {"huber",
       {[](const Case& c, const Var& t, const Var& p) { return huber(t, p, {.delta = c.number("delta", 1)}); },
        [](const Case& c, Reduction r) { return Loss(Huber{.delta = c.number("delta", 1), .reduction = r}); }}},
      {"binary_crossentropy",
       {[](const Case& c, const Var& t, const Var& p) { return binary_crossentropy(t, p, crossentropy(c)); },
        [](const Case& c, Reduction r) {
          const auto o = crossentropy(c);
          return Loss(BinaryCrossentropy{o.from_logits, o.label_smoothing, r});
        }}},
      {"categorical_crossentropy",
       {[](const Case& c, const Var& t, const Var& p) { return categorical_crossentropy(t, p, crossentropy(c)); },
        [](const Case& c, Reduction r) {
          const auto o = crossentropy(c);
          return Loss(CategoricalCrossentropy{o.from_logits, o.label_smoothing, r});
        }}},
      {"sparse_categorical_crossentropy",
       {[](const Case& c, const Var& t, const Var& p) {
          return sparse_categorical_crossentropy(t, p,
                                                 {.from_logits = flag(c, "from_logits"), .ignore_class = ignored(c)});
        },
        [](const Case& c, Reduction r) {
          return Loss(SparseCategoricalCrossentropy{flag(c, "from_logits"), ignored(c), r});
        }}},
      {"binary_focal_crossentropy",
       {[](const Case& c, const Var& t, const Var& p) { return binary_focal_crossentropy(t, p, binary_focal(c)); },
        [](const Case& c, Reduction r) {
          const auto o = binary_focal(c);
          return Loss(
              BinaryFocalCrossentropy{o.apply_class_balancing, o.alpha, o.gamma, o.from_logits, o.label_smoothing, r});
        }}},
      {"categorical_focal_crossentropy",
       {[](const Case& c, const Var& t, const Var& p) {
          return categorical_focal_crossentropy(t, p, categorical_focal(c));
        },
        [](const Case& c, Reduction r) {
          const auto o = categorical_focal(c);
          return Loss(CategoricalFocalCrossentropy{o.alpha, o.gamma, o.from_logits, o.label_smoothing, r});
        }}},
      {"ctc",
       {[](const Case& c, const Var& t, const Var& p) { return ctc(t, p, sequence(c)); },
        [](const Case& c, Reduction r) {
          const CtcOptions o = sequence(c);
          return Loss(CTC{.blank = o.blank, .infeasible = o.infeasible, .reduction = r});
        }}},
  };
  return table;
}

void compare(const Case& c, const std::string& kind, const Values& want, const Array& got) {
  CAPTURE(c.name);
  CAPTURE(kind);
  CAPTURE(want.name);
  REQUIRE(got.dtype() == DType::float64);
  REQUIRE(got.shape() == Shape(std::span(want.shape)));
  double scale = 0;
  for (double v : want.data)
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  for (std::size_t k = 0; k < want.data.size(); ++k) {
    const double value = want.data[k], here = got.data<double>()[k];
    CAPTURE(k);
    CAPTURE(value);
    CAPTURE(here);
    CHECK((here == value || std::abs(here - value) <= 1e-12 * scale));
  }
}

/// The sum over all entries of weight · value, or of weight · value²; the weights count on from one array to the next.
Var weighted(const std::vector<Var>& values, bool squared) {
  Var total = Array::scalar(0.0);
  std::int64_t start = 0;
  for (const Var& v : values) {
    Array w = Array::empty(v.shape(), DType::float64);
    for (std::int64_t k = 0; k < w.size(); ++k) w.mutable_data<double>()[k] = reference::weight(start++);
    total = total + sum(w * (squared ? v * v : v));
  }
  return total;
}
std::vector<Var> gradients(const Var& y, const std::vector<Var>& x, bool create_graph = true) {
  if (y.needs_grad()) return grad(y, x, {.create_graph = create_graph, .retain = true, .allow_unused = true});
  std::vector<Var> zero;
  for (const Var& v : x) zero.push_back(zeros_like(v.value()));
  return zero;
}

void check(const Case& c, const std::string& form, const std::string& loss) {
  Tape tape;
  auto scope = tape.scope();
  std::vector<Var> inputs, floats;
  for (const Values& values : c.in) {
    inputs.push_back(values.is_float() ? tape.variable(array_of(values)) : Var(array_of(values)));
    if (values.is_float()) floats.push_back(inputs.back());
  }
  Var y_pred = inputs.at(1);
  if (c.has("own")) y_pred = c.text("own") == "softmax" ? softmax(y_pred) : sigmoid(y_pred);
  const Row& row = rows().at(loss);
  Var out;
  if (form == "function") {
    out = row.call(c, inputs[0], y_pred);
  } else {
    const Loss made = row.make(c, reduction_of(c.text("reduction")));
    CHECK(made.name() == (loss == "huber" ? "huber_loss" : loss));
    out = made(inputs[0], y_pred, inputs.size() > 2 ? inputs[2] : Var());
  }
  compare(c, "out", c.out.at(0), out.value());
  if (c.grad.empty()) return;
  const Var total = weighted({out}, false);
  const std::vector<Var> fast = gradients(total, floats, false), first = gradients(total, floats);
  REQUIRE(first.size() == c.grad.size());
  for (std::size_t i = 0; i < fast.size(); ++i) compare(c, "grad (fast)", c.grad[i], fast[i].value());
  for (std::size_t i = 0; i < first.size(); ++i) compare(c, "grad", c.grad[i], first[i].value());
  if (c.grad2.empty()) return;
  const std::vector<Var> second = gradients(weighted(first, true), floats);
  for (std::size_t i = 0; i < second.size(); ++i) compare(c, "grad2", c.grad2[i], second[i].value());
}

}  // namespace

TEST_CASE("reference: every loss agrees with Keras and PyTorch in value, gradient and second derivative") {
  const reference::File file("losses.txt");
  std::set<std::string> functions, classes;
  for (const Case& c : file.cases()) {
    CAPTURE(c.name);
    const std::string form = c.op(), rest = c.name.substr(form.size() + 1);
    const std::string loss = rest.substr(0, rest.find('/'));
    (form == "function" ? functions : classes).insert(loss);
    try {
      check(c, form, loss);
    } catch (const std::exception& error) {
      FAIL_CHECK(c.name, " threw: ", error.what());
    }
  }
  CHECK(functions.size() == rows().size());
  CHECK(classes.size() == rows().size());
}
