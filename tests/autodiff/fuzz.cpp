// Random graphs: their values against loops over single numbers, their gradients against differences of those, their
// second derivatives against differences of the gradients; and the forms of a sweep against each other.
//
// XGRAD_FUZZ_SEED=n checks the one graph n; XGRAD_FUZZ_COUNT=n checks the graphs 1 to n (by default 400).

#include "fuzz_graph.hpp"

#include <cstdlib>

#include "support.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/slice.hpp"

using namespace engine;
using fuzz::Graph;
using fuzz::Instruction;
using fuzz::Kind;

namespace {

Array array_of(const fuzz::Value& x) { return f64(x.v, Shape(std::span<const std::int64_t>(x.dims))); }

const Custom& cube() {
  static const Custom op = custom(
      "tenth_cube", [](const Array& x) { return x * x * x / 10; },
      [](const CustomVjp& c) { return c.grad() * 0.3 * square(c.in()); });
  return op;
}
const Custom& planted() {  // a square whose slope is a tenth too large
  static const Custom op = custom(
      "planted", [](const Array& x) { return x * x; }, [](const CustomVjp& c) { return c.grad() * 2.2 * c.in(); });
  return op;
}

Var apply(const Instruction& op, const Var& a, const Var& b) {
  switch (op.kind) {
    case Kind::sin:
      return sin(a);
    case Kind::tanh:
      return tanh(a);
    case Kind::sigmoid:
      return sigmoid(a);
    case Kind::softplus:
      return softplus(a);
    case Kind::exp:
      return exp(a);
    case Kind::log:
      return log(a);
    case Kind::sqrt:
      return sqrt(a);
    case Kind::square:
      return square(a);
    case Kind::abs:
      return abs(a);
    case Kind::relu:
      return relu(a);
    case Kind::neg:
      return -a;
    case Kind::scale:
      return op.c * a;
    case Kind::add:
      return a + b;
    case Kind::subtract:
      return a - b;
    case Kind::multiply:
      return a * b;
    case Kind::divide:
      return a / b;
    case Kind::maximum:
      return maximum(a, b);
    case Kind::logaddexp:
      return logaddexp(a, b);
    case Kind::choose:
      return where(a > op.c, b, 0.5 * b);
    case Kind::sum:
      return sum(a);
    case Kind::mean_first:
      return mean(a, 0);
    case Kind::sum_last:
      return sum(a, -1, true);
    case Kind::amax_last:
      return amax(a, -1);
    case Kind::logsumexp_last:
      return logsumexp(a, -1);
    case Kind::cumsum_last:
      return cumsum(a, -1);
    case Kind::softmax_last:
      return softmax(a);
    case Kind::log_softmax_last:
      return log_softmax(a);
    case Kind::prod_last:
      return prod(a, -1);
    case Kind::transpose:
      return transpose(a);
    case Kind::flatten:
      return reshape(a, {-1});
    case Kind::concat:
      return concat({a, b}, 0);
    case Kind::first_row:
      return slice(a, {0});
    case Kind::flip_last:
      return flip(a, -1);
    case Kind::repeat_up: {
      Shape shape = a.shape();
      shape.insert(0, 2);
      return broadcast_to(a, shape);
    }
    case Kind::take_rows:
      return take(a, Array::from(std::span<const std::int64_t>(std::vector<std::int64_t>{-1, 0, 0}), {3}), 0);
    case Kind::matmul:
      return matmul(a, b);
    case Kind::dense:
      return dense(a, b, tanh);
    case Kind::stop:
      return stop_gradient(a);
    case Kind::custom:
      return cube()(a);
    case Kind::kept:
      return checkpoint([b](Var v) { return tanh(v) * b + v; }, a);
    case Kind::kept_twice:
      return checkpoint(
          [](Var v, Var w) {
            Var t = checkpoint([w](Var u) { return tanh(u) * w; }, v);
            return t + v;
          },
          a, b);
    case Kind::wrong:
      return planted()(a);
    default:
      throw std::logic_error("no such instruction");
  }
}

/// The graph on the tape: a weighted sum of its last values, as the numbers have it in `loss_of`.
std::vector<Var> run(const Graph& g, const std::vector<Var>& inputs) {
  std::vector<Var> values = inputs;
  const std::size_t half = g.halves ? g.code.size() / 2 : g.code.size();
  for (std::size_t i = 0; i < half; ++i) values.push_back(apply(g.code[i], values[g.code[i].a], values[g.code[i].b]));
  if (half == g.code.size()) return values;
  const std::vector<Instruction> rest(g.code.begin() + static_cast<std::ptrdiff_t>(half), g.code.end());
  std::vector<Var> second = checkpoint(
      [rest, values](Var first) {
        std::vector<Var> all = values, made;
        all[0] = first;
        for (const Instruction& op : rest) {
          all.push_back(apply(op, all[op.a], all[op.b]));
          made.push_back(all.back());
        }
        return made;
      },
      values[0]);
  values.insert(values.end(), second.begin(), second.end());
  return values;
}

double weight(std::size_t from_end, std::size_t i) {
  return (from_end == 0 ? 1.0 : 0.3) * std::cos(0.7 * static_cast<double>(i) + static_cast<double>(from_end));
}
constexpr std::size_t summed = 4;

double loss_of(const std::vector<fuzz::Value>& values) {
  double total = 0;
  for (std::size_t k = 0; k < std::min(summed, values.size()); ++k) {
    const fuzz::Value& x = values[values.size() - 1 - k];
    for (std::size_t i = 0; i < x.v.size(); ++i) total += weight(k, i) * x.v[i];
  }
  return total;
}
Var loss_of(const std::vector<Var>& values) {
  Var total = 0.0;
  for (std::size_t k = 0; k < std::min(summed, values.size()); ++k) {
    const Var& x = values[values.size() - 1 - k];
    std::vector<double> w;
    for (std::int64_t i = 0; i < x.size(); ++i) w.push_back(weight(k, static_cast<std::size_t>(i)));
    total = total + sum(x * f64(w, x.shape()));
  }
  return total;
}

std::string disagreement(const char* what, const std::vector<Array>& got, const std::vector<Array>& expected,
                         double tolerance) {
  double scale = 1;
  for (const Array& e : expected)
    for (double v : e.span<double>()) scale = std::max(scale, std::abs(v));
  for (std::size_t k = 0; k < got.size(); ++k)
    for (std::int64_t i = 0; i < got[k].size(); ++i)
      if (!(std::abs(at(got[k], i) - at(expected[k], i)) <= tolerance * scale))
        return std::string(what) + ": input " + std::to_string(k) + ", entry " + std::to_string(i) + ": " +
               std::to_string(at(got[k], i)) + " instead of " + std::to_string(at(expected[k], i));
  return {};
}

std::vector<Array> arrays(const std::vector<Var>& vars) {
  std::vector<Array> result;
  for (const Var& v : vars) result.push_back(v.value());
  return result;
}

/// The paths behind the gradient of a value add up to it, where there are few enough to be told one by one.
std::string problem_of_paths(const Var& x, const Var& loss, const Array& gradient) {
  constexpr std::size_t most = 32;
  PathExplanation e;
  try {
    e = explain_paths(x, loss, most, {.width = most});
  } catch (const Unreachable&) {
    return disagreement("paths of what is not reached", {zeros_like(gradient)}, {gradient}, 0);
  }
  for (std::size_t i = 1; i < e.paths.size(); ++i)
    if (e.paths[i].size > e.paths[i - 1].size) return "paths: a larger one comes after a smaller one";
  if (e.paths.size() != std::min(static_cast<double>(most), e.count)) return "paths: not as many as there are";
  if (e.count > most) return {};
  if (!e.exact) return "paths: all are told, and still it says that some were left out";
  Array sum = zeros_like(gradient);
  double scale = 1;
  for (const GradientPath& p : e.paths) {
    sum = sum + p.contribution;
    scale = std::max(scale, p.size);
  }
  return disagreement("the sum over paths", {sum}, {gradient}, 1e-12 * scale);
}

/// What is wrong with the library's treatment of the graph; empty: nothing.
std::string problem_of(const Graph& g) {
  const auto base = fuzz::run(g);
  if (!base) return "the graph does not run";
  std::vector<Array> at_inputs;
  for (const fuzz::Value& x : g.inputs) at_inputs.push_back(array_of(x));
  const double expected_loss = loss_of(*base);

  // The gradient by differences of the loops' value; what is stopped is held.
  std::vector<Array> numeric;
  double unsure = 0;  // how far differences of two steps are apart: steep graphs
  for (std::size_t k = 0; k < g.inputs.size(); ++k) {
    std::vector<double> d;
    for (std::size_t i = 0; i < g.inputs[k].v.size(); ++i) {
      const auto slope = [&](double h) {
        const auto moved = [&](double by) {
          Graph near = g;
          near.inputs[k].v[i] += by;
          const auto values = fuzz::run(near, &*base);
          return values ? loss_of(*values) : std::nan("");
        };
        return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
      };
      d.push_back(slope(1e-4));
      unsure = std::max(unsure, std::abs(d.back() - slope(2e-4)));
    }
    for (double v : d)
      if (std::isnan(v)) return {};  // a step away is a kink: the differences say nothing
    numeric.push_back(f64(d, at_inputs[k].shape()));
  }

  Tape tape;
  auto scope = tape.scope();
  struct Swept {
    double loss;
    std::vector<Array> gradient, product;
  };
  // Input 3 is a parameter for `backward`.
  const std::vector<double> directions{0.7, -0.4, 0.9, 0.3, -0.8};
  const auto sweep = [&](const std::vector<Array>& inputs, bool second) {
    const std::size_t mark = tape.mark();
    Swept result;
    {
      std::vector<Var> x;
      for (const Array& a : inputs) x.push_back(tape.variable(a));
      const Var loss = loss_of(run(g, x));
      result.loss = at(loss);
      const std::vector<Var> graph = grad(loss, x, {.create_graph = true, .allow_unused = true});
      result.gradient = arrays(graph);
      if (second) {
        Var along = 0.0;
        for (std::size_t k = 0; k < x.size(); ++k) along = along + sum(graph[k] * directions[k]);
        result.product = arrays(grad(along, x, {.allow_unused = true}));
      } else {
        result.gradient = arrays(grad(loss, x, {.allow_unused = true}));
      }
    }
    tape.rewind(mark);
    return result;
  };
  const Swept plain = sweep(at_inputs, false), graph = sweep(at_inputs, true);
  const auto close = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::max(1.0, std::abs(b)); };
  if (!close(plain.loss, expected_loss))
    return "value: " + std::to_string(plain.loss) + " instead of " + std::to_string(expected_loss);
  std::string text = disagreement("gradient against differences", plain.gradient, numeric, 1e-7 + unsure);
  if (text.empty()) text = disagreement("gradient with a graph", graph.gradient, plain.gradient, 1e-12);
  if (!text.empty()) return text;
  {
    const Fusion off(false);
    text = disagreement("without fusion", sweep(at_inputs, false).gradient, plain.gradient, 1e-11);
    if (!text.empty()) return text;
  }
  {
    std::vector<Var> x;
    std::vector<Parameter> parameters;
    for (const Array& a : at_inputs) parameters.emplace_back("p" + std::to_string(parameters.size()), a);
    for (const Parameter& p : parameters) x.push_back(p);
    const Var loss = loss_of(run(g, x));
    text = loss.needs_grad() ? problem_of_paths(x[0], loss, plain.gradient[0]) : "";
    if (!text.empty()) return text;
    if (loss.needs_grad()) backward(loss);
    std::vector<Array> gradients;
    for (const Parameter& p : parameters) gradients.push_back(p.has_grad() ? p.grad() : zeros_like(p.value()));
    text = disagreement("backward", gradients, plain.gradient, 1e-12);
    if (!text.empty()) return text;
  }
  {
    // Products with directions, which have rules of their own.
    const auto whole = [&](const std::vector<Var>& x) { return loss_of(run(g, x)); };
    std::vector<Array> along;
    double slope = 0;
    for (std::size_t k = 0; k < at_inputs.size(); ++k) {
      along.push_back(full_like(at_inputs[k], directions[k]));
      for (double d : plain.gradient[k].span<double>()) slope += directions[k] * d;
    }
    text = disagreement("hvp", hvp(whole, at_inputs, along), graph.product, 1e-11);
    if (text.empty()) text = disagreement("jvp", {jvp(whole, at_inputs, along).second}, {number(slope)}, 1e-11);
    if (!text.empty()) return text;
  }
  // The second derivative by differences of the gradient. What is stopped moves with the inputs here: the product
  // holds it, so graphs with it are left out.
  for (const Instruction& op : g.code)
    if (op.kind == Kind::stop) return {};
  std::vector<Array> moved[2];
  const double h = 1e-5;
  for (int side = 0; side < 2; ++side) {
    std::vector<Array> inputs;
    for (std::size_t k = 0; k < at_inputs.size(); ++k) inputs.push_back(at_inputs[k] + (side ? h : -h) * directions[k]);
    moved[side] = sweep(inputs, false).gradient;
  }
  std::vector<Array> differences;
  for (std::size_t k = 0; k < at_inputs.size(); ++k) differences.push_back((moved[1][k] - moved[0][k]) / (2 * h));
  return disagreement("second derivative against differences", graph.product, differences, 1e-5);
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("random graphs") {
  const std::uint64_t one = number_from("XGRAD_FUZZ_SEED", 0), count = number_from("XGRAD_FUZZ_COUNT", 400);
  std::size_t instructions = 0;
  for (std::uint64_t seed = one ? one : 1; seed <= (one ? one : count); ++seed) {
    const Graph g = fuzz::random_graph(seed);
    instructions += g.code.size();
    const std::string problem = problem_of(g);
    CHECK(problem == "");
    if (!problem.empty()) {
      const Graph small = fuzz::shrink(g, [](const Graph& s) { return !problem_of(s).empty(); });
      MESSAGE("XGRAD_FUZZ_SEED=" << seed << " shrinks to\n" << small.to_string() << problem_of(small));
    }
  }
  CHECK(instructions > 0);
}

TEST_CASE("a planted error is found and shrunk to the instruction that has it") {
  Graph g = fuzz::random_graph(3);
  for (std::uint64_t seed = 4; g.code.size() < 30; ++seed) g = fuzz::random_graph(seed);
  REQUIRE(problem_of(g) == "");
  bool planted = false;
  for (std::size_t i = g.code.size() / 2; i < g.code.size() && !planted; ++i) {
    Graph bad = g;
    bad.code[i].kind = Kind::wrong;
    if (!fuzz::run(bad) || problem_of(bad).empty()) continue;
    planted = true;
    const Graph small = fuzz::shrink(bad, [](const Graph& s) { return !problem_of(s).empty(); });
    CHECK(small.code.size() <= 2);
    CHECK(contains(small.to_string(), "wrong(v"));
  }
  CHECK(planted);
}
