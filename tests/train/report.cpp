// The numbers of a report are the library's, and what it is told is shown as text.

#include "xgrad/train/report.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../support/page.hpp"
#include "../support/scratch.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;
using xgrad::detail::Json;

namespace {

double number(const Json& j) {
  if (j.kind == Json::Kind::integer) return static_cast<double>(j.integer);
  if (j.kind == Json::Kind::real) return j.real;
  REQUIRE(j.kind == Json::Kind::text);
  return j.text == "nan" ? NAN : j.text == "inf" ? INFINITY : -INFINITY;
}
std::vector<double> numbers(const Json& list) {
  std::vector<double> all;
  for (const Json& j : list.items) all.push_back(number(j));
  return all;
}
bool equal(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Three classes of points in a picture of 4 × 4: the brightest of three corners.
struct Task {
  explicit Task(std::int64_t n = 120) {
    set_seed(4);
    x = random::uniform({n, 4, 4});
    y = Array::empty({n}, DType::int64);
    auto* labels = y.mutable_data<std::int64_t>();
    const float* p = x.data<float>();
    for (std::int64_t i = 0; i < n; ++i, p += 16) labels[i] = p[0] > p[3] && p[0] > p[15] ? 0 : p[3] > p[15] ? 1 : 2;
  }
  Array x, y;
};

Sequential classifier() {
  Sequential model{Flatten{}, Dense{8, {.activation = relu, .name = "hidden"}}, Dropout{0.2},
                   Dense{3, {.activation = softmax, .name = "out"}}};
  model.compile(
      {.optimizer = Adam{.learning_rate = 0.02}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});
  return model;
}

void check_histograms(Json& written, const NamedHistograms& all) {
  REQUIRE(written.items.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    Json& w = written.items[i];
    const Histogram& h = all[i].second;
    CHECK(w["name"].text == all[i].first);
    CHECK(w["finite"].integer == h.finite);
    CHECK(w["zeros"].integer == h.zeros);
    CHECK(equal(number(w["lowest"]), h.lowest));
    CHECK(equal(number(w["highest"]), h.highest));
    CHECK(equal(number(w["mean"]), h.mean));
    CHECK(equal(number(w["stddev"]), h.stddev));
    CHECK(equal(number(w["norm"]), h.norm));
    CHECK(numbers(w["counts"]) == std::vector<double>(h.counts.begin(), h.counts.end()));
  }
}

std::string report_of(const Model& model, const view::ReportOptions& options = {}) {
  const Scratch folder;
  view::report(model.history(), model, folder / "r.html", options);
  CHECK(folder.names() == std::vector<std::string>{"r.html"});
  return Scratch::read(folder / "r.html");
}

/// Trains a little, and reports on the same samples.
Json data_for(Model model, const Samples& x, const Array& y, const Loss& loss) {
  set_seed(8);
  model.compile({.optimizer = SGD{0.05}, .loss = loss});
  model.fit(x, y, {.epochs = 2, .verbose = 0});
  const std::string page = report_of(model, {.x = x, .y = y, .worst = 5});
  elements_of(page);
  return data_of(page);
}

}  // namespace

TEST_CASE("a report's numbers are the library's") {
  const Task data, other(50);
  Sequential model = classifier();
  const TrainingRecorder recorder{.samples = 20, .bins = 12};
  const History h = model.fit(
      data.x, data.y, {.epochs = 6, .validation_data = {other.x, other.y}, .callbacks = {recorder}, .verbose = 0});
  const std::string page = report_of(model, {.worst = 7});
  const std::vector<std::string> elements = elements_of(page);
  Json json = data_of(page);

  CHECK(json["loss"].text == "sparse_categorical_crossentropy");
  Json& figures = json["history"]["figures"];
  REQUIRE(figures.items.size() == h.names().size());
  for (std::size_t i = 0; i < h.names().size(); ++i) {
    CHECK(figures.items[i]["name"].text == h.names()[i]);
    CHECK(numbers(figures.items[i]["values"]) == h[h.names()[i]]);
  }
  const std::vector<double>& held = h["val_loss"];
  const auto best = std::min_element(held.begin(), held.end()) - held.begin();
  CHECK(json["best"]["figure"].text == "val_loss");
  CHECK(json["best"]["epoch"].integer == best + 1);
  CHECK(page.find(">best: epoch " + std::to_string(best + 1) + "</text>") != page.npos);

  REQUIRE(json["records"].items.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) {
    Json& r = json["records"].items[i];
    const TrainingRecord& own = recorder.records()[i];
    CHECK(r["epochs"].integer == own.epochs);
    CHECK(number(r["loss"]) == own.loss);
    check_histograms(r["weights"], own.weights);
    check_histograms(r["gradients"], own.gradients);
    check_histograms(r["activations"], own.activations);
  }
  // A row for each moment in each drawing: of 4 weights, 4 gradients and 4 layers.
  CHECK(times(page, "<g class=\"ridge weights\">") == 4 * 7);
  CHECK(times(page, "<g class=\"ridge gradients\">") == 4 * 7);
  CHECK(times(page, "<g class=\"ridge activations\">") == 4 * 7);
  CHECK(times(page, "<circle") == 4 * 6);  // four curves

  // The confusion matrix, and the worst, from what the model predicts.
  const Array p = model.predict(other.x);
  std::vector<double> confusion(9), losses(50);
  for (std::int64_t i = 0; i < 50; ++i) {
    const float* row = p.data<float>() + 3 * i;
    const auto truth = other.y.data<std::int64_t>()[i];
    ++confusion[static_cast<std::size_t>(3 * truth + (std::max_element(row, row + 3) - row))];
    losses[static_cast<std::size_t>(i)] = -std::log(static_cast<double>(row[truth]));
  }
  CHECK(json["samples"]["origin"].text == "held-out samples");
  CHECK(json["samples"]["count"].integer == 50);
  CHECK(numbers(json["confusion"]["counts"]) == confusion);
  const std::string matrix = between(page, "<figure class=\"card matrix", "</svg>");
  for (double n : confusion)
    if (n > 0) CHECK(matrix.find(">" + std::to_string(static_cast<int>(n)) + "</text>") != matrix.npos);
  std::vector<std::size_t> order(50);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return losses[a] > losses[b]; });
  REQUIRE(json["worst"].items.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) {
    Json& w = json["worst"].items[i];
    const auto sample = static_cast<std::size_t>(w["sample"].integer);
    CHECK(sample == order[i]);
    CHECK(number(w["loss"]) == doctest::Approx(losses[sample]).epsilon(1e-4));
    CHECK(w["true"].integer == other.y.data<std::int64_t>()[sample]);
    const float* row = p.data<float>() + 3 * sample;
    CHECK(w["predicted"].integer == std::max_element(row, row + 3) - row);
    CHECK(number(w["confidence"]) == doctest::Approx(*std::max_element(row, row + 3)));
  }
  CHECK(times(page, "src=\"data:image/png;base64,") == 7);

  const ModelReport check = model.check(other.x, other.y);
  REQUIRE(json["findings"].items.size() == check.findings.size());
  for (std::size_t i = 0; i < check.findings.size(); ++i) {
    CHECK(json["findings"].items[i]["what"].text == check.findings[i].what);
    CHECK(json["findings"].items[i]["message"].text == check.findings[i].message);
  }
}

TEST_CASE("each model remembers what was seen of its own last training") {
  const Task data, other(30);
  const TrainingRecorder recorder;
  Sequential first = classifier(), second = classifier();
  std::string during;
  const LambdaCallback early{.on_epoch_end = [&](TrainingRun& run, int epoch, Logs&) {
    if (epoch == 1) during = report_of(run.model);
  }};
  first.fit(data.x, data.y, {.epochs = 3, .callbacks = {recorder, early}, .verbose = 0});
  const Json seen = data_of(report_of(first))["records"];
  CHECK(data_of(during)["history"]["epochs"].items.size() == 1);  // the first epoch is in the history by then
  CHECK(data_of(during)["records"].items.size() == 3);
  second.fit(other.x, other.y, {.epochs = 1, .callbacks = {recorder}, .verbose = 0});
  CHECK(recorder.records().size() == 2);
  CHECK(to_text(data_of(report_of(first))["records"]) == to_text(seen));
  CHECK(data_of(report_of(second))["samples"]["count"].integer == 30);
  first.fit(data.x, data.y, {.epochs = 1, .verbose = 0});  // not watched
  Json json = data_of(report_of(first));
  CHECK_FALSE(json.find("records"));
  CHECK_FALSE(json.find("samples"));
}

TEST_CASE("a report asks no network, runs no script, and is one file") {
  Sequential model = classifier();
  const Task data;
  model.fit(data.x, data.y, {.epochs = 1, .callbacks = {TrainingRecorder{}}, .verbose = 0});
  const std::string page = report_of(model);
  const std::vector<std::string> elements = elements_of(page);
  CHECK(std::count(elements.begin(), elements.end(), "script") == 1);  // the data
  CHECK(std::count(elements.begin(), elements.end(), "link") == 0);
  CHECK(page.find("://") == page.npos);
  CHECK(page.find("default-src 'none'; img-src data:; style-src 'sha256-") != page.npos);
  CHECK(page.find(" style=") == page.npos);
  CHECK(times(page, "<svg ") == times(page, "role=\"img\" aria-labelledby="));
  CHECK(times(page, "<img ") == times(page, "<img alt=\"sample "));
  CHECK(page.find("of training samples") == page.npos);
  CHECK(data_of(page)["samples"]["origin"].text == "training samples");
}

TEST_CASE("hostile names are shown as text") {
  const std::string markup = "</script><script>alert(1)</script>\"' onload=x &amp; \xF0\x9F\xA6\x8A",
                    broken = "\xFF<b>\x01";
  const Task data;
  Sequential model{Flatten{}, Dense{4, {.name = markup}}, Dense{3, {.activation = softmax, .name = broken}}};
  model.compile({.optimizer = SGD{0.1}, .loss = sparse_categorical_crossentropy});
  const LambdaCallback extra{.on_epoch_end = [&](TrainingRun&, int, Logs& logs) { logs.set(markup, 1); }};
  model.fit(data.x, data.y, {.epochs = 1, .callbacks = {TrainingRecorder{}, extra}, .verbose = 0});
  const std::string page = report_of(model, {.title = markup, .classes = {markup, "b", broken}});
  const std::vector<std::string> elements = elements_of(page);
  CHECK(std::count(elements.begin(), elements.end(), "script") == 1);
  CHECK(page.find("alert(1)</script>") == page.npos);
  CHECK(page.find('\x01') == page.npos);
  CHECK(detail::is_utf8(page));
  const std::string shown =
      "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=x &amp;amp; \xF0\x9F\xA6\x8A";
  CHECK(page.find("<h1>" + shown + "</h1>") != page.npos);
  CHECK(page.find("<h3>" + shown + "/kernel</h3>") != page.npos);
  CHECK(page.find("<td>" + shown + "</td>") != page.npos);
  CHECK(page.find("<h3>\xEF\xBF\xBD&lt;b&gt; /bias</h3>") != page.npos);
  Json json = data_of(page);
  CHECK(json["confusion"]["classes"].items[0].text == markup);
  CHECK(json["title"].text == markup);
}

TEST_CASE("which results are classes") {
  const Task data(60);
  const Array flat = data.x.reshape({60, 16});
  const Array one_hot = to_categorical(data.y, 3);
  Array yes = zeros({60, 1}), sides = ones({60, 1});
  for (std::int64_t i = 0; i < 60; ++i) {
    yes.mutable_data<float>()[i] = data.y.data<std::int64_t>()[i] == 0;
    sides.mutable_data<float>()[i] = data.y.data<std::int64_t>()[i] == 0 ? 1.f : -1.f;
  }
  const auto classes = [&](Json json) { return json["confusion"]["classes"].items.size(); };
  const auto total = [&](Json json) {
    const std::vector<double> counts = numbers(json["confusion"]["counts"]);
    return std::accumulate(counts.begin(), counts.end(), 0.0);
  };
  CHECK(classes(data_for(Sequential{Dense{3, {.activation = softmax}}}, flat, one_hot, "categorical_crossentropy")) ==
        3);
  CHECK(classes(data_for(Sequential{Dense{3}}, flat, data.y, SparseCategoricalCrossentropy{.from_logits = true})) == 3);
  CHECK(classes(data_for(Sequential{Dense{3, {.activation = softmax}}}, flat, one_hot, "mse")) == 3);
  CHECK(classes(data_for(Sequential{Dense{1, {.activation = sigmoid}}}, flat, yes, "binary_crossentropy")) == 2);
  CHECK(classes(data_for(Sequential{Dense{1}}, flat, yes, BinaryCrossentropy{.from_logits = true})) == 2);
  CHECK(classes(data_for(Sequential{Dense{1, {.activation = sigmoid}}}, flat, yes, "mse")) == 2);
  CHECK(classes(data_for(Sequential{Dense{1}}, flat, sides, "hinge")) == 2);
  CHECK(total(data_for(Sequential{Dense{1}}, flat, sides, "hinge")) == 60);
  CHECK(data_for(Sequential{Dense{1}}, flat, yes, "mse")["confusion"].kind == Json::Kind::null);
  CHECK(
      data_for(Sequential{Dense{3, {.activation = sigmoid}}}, flat, one_hot, "binary_crossentropy")["confusion"].kind ==
      Json::Kind::null);
  CHECK(data_for(Sequential{Dense{2}}, flat, flat.reshape({60, 2, 8}).reshape({60, 16}).rows(0, 60),
                 [](Var t, Var p) { return mean(square(mean(t, 1) - mean(p, 1))); })["confusion"]
            .kind == Json::Kind::null);
  // Logits: probabilities all the same.
  Json logits = data_for(Sequential{Dense{1}}, flat, yes, BinaryCrossentropy{.from_logits = true});
  for (Json& w : logits["worst"].items) {
    const double p = number(w["confidence"]);
    CHECK(p >= 0.5);
    CHECK(p <= 1);
    const double of_truth = w["true"].integer == w["predicted"].integer ? p : 1 - p;
    CHECK(number(w["loss"]) == doctest::Approx(-std::log(of_truth)).epsilon(1e-3));
  }
  // A sample without a class is left out of the matrix.
  Array some = data.y.copy();
  some.mutable_data<std::int64_t>()[0] = -1;
  Json ignored = data_for(Sequential{Dense{3, {.activation = softmax}}}, flat, some,
                          SparseCategoricalCrossentropy{.ignore_class = -1});
  CHECK(total(ignored) == 59);
}

TEST_CASE("numbers, sparse samples, colours, and no samples at all") {
  const Task data(40);
  const auto page_of = [&](Model model, const Samples& x, const Array& y, view::ReportOptions options = {}) {
    model.compile({.optimizer = SGD{1e-3}, .loss = "mse"});
    model.fit(x, y, {.epochs = 1, .verbose = 0});
    options.x = x;
    options.y = y;
    const std::string page = report_of(model, options);
    elements_of(page);
    return page;
  };
  const Array y = linspace(0, 1, 40).reshape({40, 1});
  const std::string plain = page_of(Sequential{Dense{1}}, data.x.reshape({40, 16}), y);
  CHECK(plain.find("(16 numbers)") != plain.npos);
  CHECK(plain.find("There is no confusion matrix: the model predicts a number.") != plain.npos);
  CHECK(plain.find("where a TrainingRecorder is among the callbacks") != plain.npos);
  CHECK(times(page_of(Sequential{Dense{1}}, data.x.reshape({40, 16}), y, {.image = {4, 4}, .worst = 3}), "<img ") == 3);
  const std::string sparse = page_of(Sequential{Dense{1}}, Csr::from_dense(eye(40)), y, {.worst = 40});
  CHECK(sparse.find("<code>39: 1</code>") != sparse.npos);
  CHECK(times(page_of(Sequential{Flatten{}, Dense{1}}, random::uniform({40, 2, 2, 3}), y), "<img ") == 24);
  CHECK(times(page_of(Sequential{Flatten{}, Dense{1}}, random::uniform({40, 2, 2, 5}), y), "<img ") == 0);

  Sequential bare{Dense{1}};
  bare.compile({.optimizer = SGD{0.1}, .loss = "mse"});
  bare.fit(ones({4, 1}), ones({4, 1}), {.epochs = 2, .verbose = 0});
  const std::string page = report_of(bare);
  elements_of(page);
  CHECK(page.find("id=\"worst\"") == page.npos);
  CHECK(page.find("where report is given samples") != page.npos);

  // What is not finite is said, and breaks nothing.
  bare.set_weights({full({1, 1}, NAN), zeros({1})});
  bare.fit(ones({4, 1}), ones({4, 1}), {.epochs = 1, .callbacks = {TrainingRecorder{}}, .verbose = 0});
  const std::string lost = report_of(bare);
  elements_of(lost);
  CHECK(lost.find("no finite figures") != lost.npos);
  CHECK(lost.find("nothing finite") != lost.npos);
  CHECK(lost.find("weights that are not finite") != lost.npos);
}

TEST_CASE("a report changes nothing") {
  const Task data;
  Sequential model = classifier();
  model.fit(data.x, data.y, {.epochs = 1, .callbacks = {TrainingRecorder{}}, .verbose = 0});
  const std::vector<Metric>& metrics = model.metrics();
  const double figure = metrics[0].value();
  set_seed(5);
  const Array next = random::uniform({3});
  set_seed(5);
  const std::string first = report_of(model);
  CHECK(metrics[0].value() == figure);
  const Array now = random::uniform({3});
  for (int i = 0; i < 3; ++i) CHECK(now.data<float>()[i] == next.data<float>()[i]);
  for (const Parameter& p : model.weights()) CHECK_FALSE(p.has_grad());
  CHECK(report_of(model) == first);
}

TEST_CASE("a report refuses what it cannot show, and leaves the old file") {
  const Scratch folder;
  const Task data;
  Sequential model = classifier();
  const std::string path = folder.write("r.html", "old");
  const auto refused = [&](const Model& m, const view::ReportOptions& options, const char* why) {
    CHECK_THROWS_WITH_AS(view::report(m.history(), m, path, options), doctest::Contains(why), Error);
    CHECK(Scratch::read(path) == "old");
    CHECK(folder.names().size() == 1);
  };
  refused(model, {}, "view::report: needs a history of at least one epoch; got none");
  model.fit(data.x, data.y, {.epochs = 1, .callbacks = {TrainingRecorder{}}, .verbose = 0});
  refused(model, {.worst = -1}, "needs a number of worst samples that is not negative; got -1");
  refused(model, {.x = data.x}, "needs as many targets as samples");
  refused(model, {.image = {4, 5}}, "numbers of a sample; got [4,5]");
  refused(model, {.classes = {"a"}}, "needs a name for each of 3 classes; got 1");
  CHECK_THROWS_AS(view::report(model.history(), model, folder / "missing/r.html"), IoError);
  const Sequential raw{Dense{1}};
  CHECK_THROWS_WITH_AS(view::report(model.history(), raw, path), doctest::Contains("needs a compiled model"), ArgError);
}
