// The graph, its values and the sweep in a recording are those of the library.

#include "xgrad/view/html.hpp"

#include <cmath>
#include <map>

#include "../support/scratch.hpp"
#include "recorded.hpp"
#include "view/formulas.hpp"

using namespace xgrad;

namespace {

/// Everything in a recording of a tape that holds the result's graph and nothing else.
void check_against_library(const Tape& tape, const Var& result, Json& recording) {
  backward(result, {.retain = true});  // keeps the gradients that the recording is compared with
  Json& nodes = at(recording, "nodes");
  std::size_t own = 0;
  for (Json& n : nodes.items) own += at(n, "order").integer == 0;
  REQUIRE(own == tape.size());
  CHECK(index_of(at(recording, "result")) == static_cast<std::size_t>(result.index()));
  for (std::size_t i = 0; i < tape.size(); ++i) {
    CAPTURE(i);
    Json& n = nodes.items[i];
    const NodeView v = tape.node(i);
    CHECK(at(n, "op").text == v.op());
    CHECK(at(n, "kind").text == (v.is_leaf() ? v.op() : "op"));
    CHECK(at(n, "label").text == v.label());
    CHECK(at(n, "attributes").text == v.attributes());
    CHECK(at(n, "output").integer == v.output());
    CHECK(at(n, "fused").boolean == v.is_fused());
    CHECK(at(n, "needs_grad").boolean == v.needs_grad());
    CHECK(at(n, "bytes").integer == static_cast<std::int64_t>(v.value().bytes()));
    same(at(n, "value"), v.value());
    if (v.grad()) {
      same(at(n, "grad"), *v.grad());
    } else {
      CHECK(at(n, "grad").kind == Json::Kind::null);
    }
    const NodeView first(v.output() ? tape.node(i - static_cast<std::size_t>(v.output())) : v);
    Json& inputs = at(n, "inputs");
    REQUIRE(inputs.items.size() == static_cast<std::size_t>(first.input_count()));
    std::vector<double> saved;
    for (int k = 0; k < first.input_count(); ++k) {
      CHECK(index_of(inputs.items[static_cast<std::size_t>(k)]) == first.input(k).index());
      if (first.saves_input(k)) saved.push_back(k);
    }
    CHECK(numbers(at(at(n, "saves"), "inputs")) == saved);
    CHECK(at(at(n, "saves"), "output").boolean == (!v.is_leaf() && v.saves_output()));
    const view::NodeFormulas formulas = view::formulas_of(v);
    CHECK(at(n, "forward").text == formulas.forward);
    REQUIRE(at(n, "backward").items.size() == formulas.backward.size());
    for (std::size_t k = 0; k < formulas.backward.size(); ++k)
      CHECK(at(n, "backward").items[k].text == formulas.backward[k]);
    Json& source = at(n, "source");
    if (std::string_view(v.op()) != "parameter") {
      REQUIRE(source.kind == Json::Kind::integer);
      CHECK(at(at(recording, "sources").items[index_of(source)], "line").integer == v.loc().line);
    }
  }
  // The sweep: the same steps, what each gave, and every sum.
  std::map<std::size_t, std::vector<double>> arrived;
  arrived[tape.node(static_cast<std::size_t>(result.index())).index()] = {1};
  Stepper stepper(result);
  for (Json& step : at(recording, "sweep").items) {
    REQUIRE(stepper.next());
    CHECK(index_of(at(step, "node")) == stepper.node().index());
    same(at(step, "cotangent"), stepper.cotangent());
    CHECK(values_in(at(step, "cotangent")) == arrived[stepper.node().index()]);  // the shares add up to it
    REQUIRE(at(step, "given").items.size() == stepper.given().size());
    CHECK(number(at(step, "time")) > 0);
    for (std::size_t k = 0; k < stepper.given().size(); ++k) {
      Json& share = at(step, "given").items[k];
      const Contribution& c = stepper.given()[k];
      const NodeView operand = stepper.node().input(c.input);
      CHECK(at(share, "operand").integer == c.input);
      CHECK(index_of(at(share, "to")) == operand.index());
      same(at(share, "share"), c.cotangent);
      std::vector<double>& before = arrived[operand.index()];
      const bool first = before.empty();
      CHECK((share.find("before") == nullptr) == first);
      CHECK((share.find("after") == nullptr) == first);
      const std::vector<double> given = values_in(at(share, "share"));
      if (!first) CHECK(values_in(at(share, "before")) == before);
      before = first ? given : sum_of(before, given, operand.dtype() == DType::float32);
      if (!first) CHECK(values_in(at(share, "after")) == before);
    }
  }
  CHECK(stepper.done());
  for (const auto& [node, sum] : arrived) CHECK(values_in(at(nodes.items[node], "grad")) == sum);
}

}  // namespace

TEST_CASE("view::record: a graph of scalars, number by number") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0)).label("x"), y = tape.variable(Array::scalar(-3.0)).label("y");
  Var s = x + y;
  Var f = s * y + pow(x, 3) * x + tanh(s * s);
  Json recording = parsed(view::record(f).json());
  check_against_library(tape, f, recording);

  // The graph of the gradient comes along. Each node's cotangent in it is the node's gradient.
  Json& nodes = at(recording, "nodes");
  Json& cotangents = at(recording, "cotangents");
  REQUIRE(cotangents.items.size() == tape.size());
  REQUIRE(nodes.items.size() > tape.size());
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const Json& at_node = cotangents.items[i];
    if (!tape.node(i).needs_grad()) {
      CHECK(at_node.kind == Json::Kind::null);
      continue;
    }
    REQUIRE(at_node.kind == Json::Kind::integer);
    Json& cotangent = nodes.items[index_of(at_node)];
    CHECK(at(cotangent, "order").integer == 1);
    CHECK(values_in(at(cotangent, "value"))[0] ==
          doctest::Approx(values_in(at(nodes.items[i], "grad"))[0]).epsilon(1e-12));
  }
  std::size_t seeds = 0;
  for (std::size_t i = tape.size(); i < nodes.items.size(); ++i) {
    Json& n = nodes.items[i];
    for (const Json& input : at(n, "inputs").items) CHECK(index_of(input) < i);
    if (at(n, "label").text == "seed") {
      ++seeds;
      CHECK(at(n, "kind").text == "constant");
      CHECK(at(n, "made_by").kind == Json::Kind::null);
    } else {
      const std::size_t maker = index_of(at(n, "made_by"));
      REQUIRE(maker < tape.size());
      CHECK(at(nodes.items[maker], "kind").text == "op");
    }
  }
  CHECK(seeds == 1);
}

TEST_CASE("view::record: the exponent is in the graph of the gradient, for it may be edited") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0));
  Var n = tape.constant(Array::scalar(3.0));
  Var f = pow(x, n);
  Json recording = parsed(view::record(f).json());
  Json& nodes = at(recording, "nodes");
  // From the gradient of x down: the exponent, node 1, is reached.
  std::vector<std::size_t> open{index_of(at(recording, "cotangents").items[0])};
  CHECK(values_in(at(nodes.items[open[0]], "value"))[0] == 12);
  bool reached = false;
  while (!open.empty()) {
    const std::size_t i = open.back();
    open.pop_back();
    reached |= i == 1;
    for (const Json& input : at(nodes.items[i], "inputs").items) open.push_back(index_of(input));
  }
  CHECK(reached);
  CHECK_FALSE(tape.node(1).needs_grad());
}

TEST_CASE("view::record: a network with fused layers, float32") {
  set_seed(3);
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Sequential network{Input({3}), Dense{4, {.activation = relu, .name = "first"}}, Dense{3, {.name = "second"}}};
  const Array x = random::normal({5, 3}), y = to_categorical(Array(xt::xarray<std::int64_t>{0, 1, 2, 1, 0}), 3);
  Var loss = mean(categorical_crossentropy(y, network(x), {.from_logits = true}));
  Json recording = parsed(view::record(loss).json());
  check_against_library(tape, loss, recording);
  CHECK(recording.find("cotangents") == nullptr);

  std::size_t opened = 0;
  for (Json& n : at(recording, "nodes").items) {
    if (at(n, "op").text == "dense") CHECK(at(n, "path").text.find("sequential") == 0);
    if (at(n, "kind").text == "op") CHECK(number(at(n, "time")) >= 0);
    Json* d = n.find("decomposition");
    CHECK((d != nullptr) == at(n, "fused").boolean);
    if (!d) continue;
    ++opened;
    // It computes the node's value and, given its gradient, what the node gives.
    Json& parts = at(*d, "nodes");
    Json& inputs = at(n, "inputs");
    REQUIRE(index_of(at(*d, "inputs")) == inputs.items.size());
    const auto near = [](Json& a, Json& b) {
      const std::vector<double> p = values_in(a), q = values_in(b);
      REQUIRE(p.size() == q.size());
      for (std::size_t i = 0; i < p.size(); ++i) CHECK(p[i] == doctest::Approx(q[i]).epsilon(1e-5));
    };
    near(at(parts.items[index_of(at(*d, "result"))], "value"), at(n, "value"));
    for (std::size_t k = 0; k < inputs.items.size(); ++k)
      near(at(parts.items[k], "value"), at(at(recording, "nodes").items[index_of(inputs.items[k])], "value"));
    for (Json& part : parts.items) {
      CHECK_FALSE(at(part, "fused").boolean);
      for (const Json& input : at(part, "inputs").items) CHECK(index_of(input) < parts.items.size());
    }
    std::map<std::int64_t, Json*> given;
    for (Json& step : at(recording, "sweep").items)
      if (&at(recording, "nodes").items[index_of(at(step, "node"))] == &n)
        for (Json& share : at(step, "given").items) given[at(share, "operand").integer] = &at(share, "share");
    for (auto& [operand, share] : given) near(at(parts.items[static_cast<std::size_t>(operand)], "grad"), *share);
    CHECK_FALSE(given.empty());
  }
  CHECK(opened >= 3);
}

TEST_CASE("view::record: the graph of the gradient of arrays, where it is asked for") {
  set_seed(4);
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Parameter w("w", random::normal({3, 2}, 0, 1, DType::float64)), b("b", zeros({2}, DType::float64));
  const Array x = random::normal({4, 3}, 0, 1, DType::float64);
  Var loss = mean(square(dense(x, w, b, tanh)));
  Json recording = parsed(view::record(loss, {.order = 1}).json());
  check_against_library(tape, loss, recording);
  Json& nodes = at(recording, "nodes");
  for (std::size_t i = 0; i < tape.size(); ++i) {
    if (!tape.node(i).needs_grad()) continue;
    const Json& place = at(recording, "cotangents").items[i];
    REQUIRE(place.kind == Json::Kind::integer);
    const std::vector<double> there = values_in(at(nodes.items[index_of(place)], "value"));
    const std::vector<double> grad = values_in(at(nodes.items[i], "grad"));
    REQUIRE(there.size() == grad.size());
    for (std::size_t k = 0; k < grad.size(); ++k) CHECK(there[k] == doctest::Approx(grad[k]).epsilon(1e-12));
  }
}

TEST_CASE("view::record: of an op with several results each has its gradient") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(linspace(0, 1, 6, DType::float64));
  const std::vector<Var> parts = split(x, 3);
  Var f = sum(parts[0] * parts[2]);
  Json recording = parsed(view::record(f).json());
  Json& nodes = at(recording, "nodes");
  REQUIRE(nodes.items.size() == tape.size());
  const auto place = [](const Var& v) { return static_cast<std::size_t>(v.index()); };
  same(at(nodes.items[place(parts[0])], "grad"), parts[2].value());
  CHECK(at(nodes.items[place(parts[1])], "grad").kind == Json::Kind::null);
  same(at(nodes.items[place(parts[2])], "grad"), parts[0].value());
  CHECK(at(nodes.items[place(parts[2])], "output").integer == 2);
  CHECK(index_of(at(nodes.items[place(parts[2])], "inputs").items[0]) == 0);
  const Array slope = grad(f, x).value();
  same(at(nodes.items[0], "grad"), slope);
}

TEST_CASE("view::record leaves everything as it was") {
  set_seed(9);
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Parameter w("w", Array::scalar(0.5));
  w.set_grad(Array::scalar(7.0));
  Var x = tape.variable(Array::scalar(2.0));
  Var loss = sigmoid(x * w + 1);
  Var other = loss * 3;
  backward(other, {.retain = true});
  const Array before = w.grad().copy();
  const auto version = w.version();
  int calls = 0;
  tape.add_hook({.before = [&](const NodeView&, const Array&) { ++calls; }});
  std::vector<double> kept, saved, handles;
  const auto look = [&] {
    std::vector<double> all;
    for (std::size_t i = 0; i < tape.size(); ++i) {
      const NodeView n = tape.node(i);
      all.push_back(n.grad() ? n.grad()->item<double>() : -1e9);
      all.push_back(static_cast<double>(n.pending()));
      all.push_back(static_cast<double>(n.handles()));
      all.push_back(n.needs_grad());
      all.push_back(n.live());
      all.push_back(n.value().item<double>());
    }
    return all;
  };
  const std::vector<double> state = look();
  const TapeStatistics statistics = tape.statistics();
  const Array drawn = [] {
    set_seed(11);
    return random::uniform({4});
  }();
  set_seed(11);
  const view::Recording recording = view::record(loss, {.order = 1});
  CHECK(elements(random::uniform({4})) == elements(drawn));
  CHECK(look() == state);
  CHECK(w.grad().item<double>() == before.item<double>());
  CHECK(w.version() == version);
  CHECK(calls == 0);
  CHECK(tape.statistics().nodes == statistics.nodes);
  CHECK(tape.statistics().live_values == statistics.live_values);
  CHECK(tape.statistics().bytes == statistics.bytes);
  CHECK(tape.statistics().peak_bytes == statistics.peak_bytes);
  // What is not the result's is left out, and the tape goes on as before.
  Json read = parsed(recording.json());
  CHECK(at(at(read, "nodes").items[index_of(at(read, "result"))], "op").text == "sigmoid");
  backward(other, {.retain = true});
  CHECK(calls > 0);
  CHECK(w.grad().item<double>() == doctest::Approx(before.item<double>() * 2 - 7));
}

TEST_CASE("view::record: a rule that throws leaves everything as it was, too") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0));
  auto broken = custom(
      "broken", [](const Array& v) { return v.copy(); },
      [](const CustomVjp&) -> Var { throw std::runtime_error("mine"); });
  Var y = broken(x * 2);
  const std::size_t nodes = tape.size();
  int calls = 0;
  tape.add_hook({.before = [&](const NodeView&, const Array&) { ++calls; }});
  CHECK_THROWS_WITH(view::record(y), "mine");
  CHECK(tape.size() == nodes);
  CHECK(calls == 0);
  CHECK_THROWS(backward(y));
  CHECK(calls == 1);  // the hooks are back
}

TEST_CASE("view::record: an op with a raw rule alone has no graph of its gradient") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0));
  auto raw = custom(
      "raw", [](const Array& v) { return Array(v * 2.0); },
      [](const CustomBackward& c) { return Array(c.grad() * 2.0); });
  Var y = raw(x);
  Json read = parsed(view::record(y).json());
  CHECK(read.find("cotangents") == nullptr);
  CHECK(at(at(read, "nodes").items.back(), "time").kind == Json::Kind::null);
  CHECK_THROWS_AS(view::record(y, {.order = 1}), NotDifferentiable);
  CHECK(tape.size() == 2);
}

TEST_CASE("view::html refuses with what to write instead") {
  const Scratch folder;
  Tape plain;
  auto scope = plain.scope();
  Var x = plain.variable(Array::scalar(2.0));
  Var y = x * x;
  CHECK_THROWS_WITH_AS(view::html(y, folder / "a.html"), doctest::Contains("Tape tape({.keep_values = true})"),
                       GraphError);
  CHECK_THROWS_AS(view::html(Var(Array::scalar(1.0)), folder / "a.html"), NotDifferentiable);
  Tape tape({.keep_values = true});
  Var v = tape.variable(ones({2}));
  Var w = v * 2;
  CHECK_THROWS_WITH_AS(view::html(w, folder / "a.html"), doctest::Contains("view::html: needs a value of one element"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(view::html(sum(w), folder / "a.html", {.order = 2}),
                       doctest::Contains("needs order 0 or 1; got 2"), ArgError);
  CHECK_THROWS_WITH_AS(view::html(std::vector<view::Recording>{}, folder / "a.html"),
                       doctest::Contains("needs one recording, or two to compare; got 0"), ArgError);
  const view::Recording r = view::record(sum(w));
  CHECK_THROWS_AS(view::html({r, r, r}, folder / "a.html"), ArgError);
  CHECK_THROWS_AS(view::html({r}, folder / "none/a.html"), IoError);
  CHECK(folder.names().empty());
  view::html(w, folder / "a.html", {.cotangent = ones({2})});
  CHECK(folder.names() == std::vector<std::string>{"a.html"});
}
