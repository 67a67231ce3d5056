// explain_paths against all paths enumerated one by one, by loops over dense Jacobians that know nothing of the
// library.

#include <functional>
#include <limits>
#include <random>
#include <sstream>

#include "support.hpp"

using namespace engine;

namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;  // of a Jacobian: by result, then by operand

struct Edge {
  std::size_t from;  // the operand
  Matrix jacobian;
};
struct Value {
  Vector v;
  std::vector<Edge> edges;
};

/// Everything that paths from value 0 to the last one bring to value 0, the largest first.
std::vector<Vector> enumerate(const std::vector<Value>& graph) {
  std::vector<Vector> found;
  const std::function<void(std::size_t, const Vector&)> down = [&](std::size_t at, const Vector& g) {
    if (at == 0) {
      found.push_back(g);
      return;
    }
    for (const Edge& e : graph[at].edges) {
      Vector below(graph[e.from].v.size());
      for (std::size_t i = 0; i < g.size(); ++i)
        for (std::size_t j = 0; j < below.size(); ++j) below[j] += g[i] * e.jacobian[i][j];
      down(e.from, below);
    }
  };
  down(graph.size() - 1, {1.0});
  return found;
}

double norm(const Vector& v) {
  double sum = 0;
  for (const double x : v) sum += std::abs(x);
  return sum;
}

/// One graph twice: as naive values with Jacobians, and recorded.
struct Both {
  std::vector<Value> naive;
  std::vector<Var> vars;

  void elementwise(std::size_t a, std::size_t b, const Var& y, double (*f)(double, double),
                   double (*df)(double, double), double (*dg)(double, double)) {
    const Vector &x = naive[a].v, &z = naive[b].v;
    const std::size_t n = std::max(x.size(), z.size());
    Value value{Vector(n), {{a, Matrix(n, Vector(x.size()))}, {b, Matrix(n, Vector(z.size()))}}};
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t ix = x.size() == 1 ? 0 : i, iz = z.size() == 1 ? 0 : i;
      value.v[i] = f(x[ix], z[iz]);
      value.edges[0].jacobian[i][ix] = df(x[ix], z[iz]);
      value.edges[1].jacobian[i][iz] = dg(x[ix], z[iz]);
    }
    naive.push_back(value);
    vars.push_back(y);
  }
  void multiply_by(std::size_t a, const Matrix& m, const Var& y) {
    Value value{Vector(m.size()), {{a, m}}};
    for (std::size_t i = 0; i < m.size(); ++i)
      for (std::size_t j = 0; j < m[i].size(); ++j) value.v[i] += m[i][j] * naive[a].v[j];
    naive.push_back(value);
    vars.push_back(y);
  }
};

/// A graph of 4 to 12 ops over vectors of `n` elements and numbers.
Both random_graph(Tape& tape, std::uint64_t seed, std::size_t n) {
  std::mt19937_64 random(seed);
  const auto number = [&] { return 2 * static_cast<double>(random() >> 11) / 9007199254740992.0 - 1; };
  const auto index = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  Both g;
  Vector start(n);
  for (double& x : start) x = number();
  g.naive.push_back({start, {}});
  g.vars.push_back(tape.variable(n == 1 ? engine::number(start[0]) : f64(start)));
  const std::size_t ops = 4 + index(9);
  for (std::size_t i = 0; i < ops; ++i) {
    // Late values more often than early ones, so that graphs are deep.
    const auto pick = [&] { return std::max(index(g.vars.size()), index(g.vars.size())); };
    const std::size_t a = pick(), b = pick();
    const Var x = g.vars[a], z = g.vars[b];
    switch (index(n == 1 ? 3 : 5)) {
      case 0:
        g.elementwise(
            a, b, x * z, [](double p, double q) { return p * q; }, [](double, double q) { return q; },
            [](double p, double) { return p; });
        break;
      case 1:
        g.elementwise(
            a, b, x - z, [](double p, double q) { return p - q; }, [](double, double) { return 1.0; },
            [](double, double) { return -1.0; });
        break;
      case 2:
        g.elementwise(
            a, a, sin(x), [](double p, double) { return std::sin(p); }, [](double p, double) { return std::cos(p); },
            [](double, double) { return 0.0; });
        g.naive.back().edges.pop_back();
        break;
      case 3: {
        const std::size_t m = g.naive[a].v.size();
        g.multiply_by(a, Matrix(1, Vector(m, 1)), sum(x));
        break;
      }
      default: {
        const std::size_t m = g.naive[a].v.size();
        if (m == 1) continue;
        Matrix matrix(n, Vector(m));
        Vector flat;
        for (Vector& row : matrix)
          for (double& entry : row) flat.push_back(entry = number());
        const auto side = static_cast<std::int64_t>(n);
        g.multiply_by(a, matrix, reshape(matmul(f64(flat, {side, side}), reshape(x, {side, 1})), {side}));
      }
    }
  }
  const std::size_t last = g.vars.size() - 1;
  g.multiply_by(last, Matrix(1, Vector(g.naive[last].v.size(), 1)), sum(g.vars[last]));
  return g;
}

Vector vector_of(const Array& a) { return {a.span<double>().begin(), a.span<double>().end()}; }

void compare_with_enumeration(std::uint64_t seed, std::size_t n) {
  CAPTURE(seed);
  CAPTURE(n);
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const Both g = random_graph(tape, seed, n);
  std::vector<Vector> all = enumerate(g.naive);
  if (all.empty()) return;
  std::vector<double> sizes;
  for (const Vector& v : all) sizes.push_back(norm(v));
  std::sort(sizes.rbegin(), sizes.rend());
  for (const std::size_t k : {std::size_t{1}, std::size_t{3}, std::size_t{100000}}) {
    if (all.size() > 3000 && k > 3) continue;
    // Of numbers the k largest are found however narrow the search; of arrays where it is wide enough.
    const PathExplanation e = explain_paths(g.vars[0], g.vars.back(), k, {.width = n == 1 ? 1u : 100000u});
    CHECK(e.exact);
    CHECK(e.count == static_cast<double>(all.size()));
    REQUIRE(e.paths.size() == std::min(k, all.size()));
    Vector sum(n);
    for (std::size_t i = 0; i < e.paths.size(); ++i) {
      const double scale = std::max(1.0, sizes[0]);
      CHECK(std::abs(e.paths[i].size - sizes[i]) < 1e-13 * scale);
      CHECK(norm(vector_of(e.paths[i].contribution)) == doctest::Approx(e.paths[i].size));
      for (std::size_t j = 0; j < n; ++j) sum[j] += at(e.paths[i].contribution, static_cast<std::int64_t>(j));
      // It is one of those that were enumerated, and not only of the size of one.
      const bool known = std::any_of(all.begin(), all.end(), [&](const Vector& v) {
        double off = 0;
        for (std::size_t j = 0; j < n; ++j)
          off = std::max(off, std::abs(v[j] - at(e.paths[i].contribution, static_cast<std::int64_t>(j))));
        return off < 1e-13 * scale;
      });
      CHECK(known);
      // Each step reads what the step before gave.
      std::size_t below = g.vars[0].node()->index;
      for (const PathStep& s : e.paths[i].steps) {
        CHECK(tape.node(s.node).input(s.operand).index() == below);
        below = s.node;
      }
      CHECK(below == g.vars.back().node()->index);
    }
    if (e.paths.size() == all.size())
      for (std::size_t j = 0; j < n; ++j)
        CHECK(std::abs(sum[j] - at(e.cotangent, static_cast<std::int64_t>(j))) < 1e-12 * std::max(1.0, norm(sum)));
  }
}

}  // namespace

TEST_CASE("explain_paths finds what enumeration finds, on graphs of numbers") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) compare_with_enumeration(seed, 1);
}

TEST_CASE("explain_paths finds what enumeration finds, on graphs of arrays") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) compare_with_enumeration(seed, 3);
}

TEST_CASE("explain_paths prints the product of the local derivatives, and what other paths bring") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(number(2)).label("x");
  Var y = square(x) * x + x;
  backward(y);
  for (const bool kept : {false, true}) {
    const PathExplanation e = kept ? explain_paths(x, 3) : explain_paths(x, y, 3);
    REQUIRE(e.paths.size() == 3);
    CHECK(e.count == 3);
    std::ostringstream out;
    out << e;
    CHECK(contains(out.str(), "'x'"));
    CHECK(contains(out.str(), "\n  + 8 = 4 · 2 · 1  along #1 square (operand 0), #2 multiply (operand 0), #3 add"));
    CHECK(contains(out.str(), "\n  + 4 = 4 · 1  along #2 multiply (operand 1), #3 add (operand 0)"));
    CHECK(contains(out.str(), "\n  + 1  along #3 add (operand 1)\n  = 13\n"));
    const std::string two = (kept ? explain_paths(x, 2) : explain_paths(x, y, 2)).to_string();
    CHECK(contains(two, "\n  + 1  along 1 other path\n  = 13\n"));
  }
  const PathExplanation itself = explain_paths(y, y, 1);
  REQUIRE(itself.paths.size() == 1);
  CHECK(itself.paths[0].steps.empty());
  CHECK(contains(itself.to_string(), "+ 1  the result itself"));
}

TEST_CASE("explain_paths: more paths than there are atoms") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  for (const bool scalar : {true, false}) {
    Var x = scalar ? tape.variable(number(1)) : tape.variable(f64({1, 2, 3}));
    Var h = x;
    const Var part = scalar ? Var(number(0.25)) : Var(f64({0.25, 0.25, 0.25}));
    for (int i = 0; i < 300; ++i) h = 0.5 * h + part * h;
    const PathExplanation e = explain_paths(x, scalar ? h : sum(h), 302);
    CHECK(e.count == std::exp2(300));
    CHECK(e.exact == scalar);  // at arrays 302 are followed of more
    REQUIRE(e.paths.size() == 302);
    const double elements = scalar ? 1 : 3;
    // The largest takes the larger factor everywhere, the next 300 the other one once, then twice.
    CHECK(e.paths[0].size / elements / std::exp2(-300) == doctest::Approx(1));
    CHECK(e.paths[1].size / elements / std::exp2(-301) == doctest::Approx(1));
    CHECK(e.paths[300].size / elements / std::exp2(-301) == doctest::Approx(1));
    CHECK(e.paths[301].size / elements / std::exp2(-302) == doctest::Approx(1));
    const std::string text = e.to_string();
    CHECK(contains(text, "2.037e+90 other paths"));
    CHECK((text.find("The search was cut off") == std::string::npos) == scalar);
  }
}

TEST_CASE("explain_paths leaves gradients, tape and hooks as they were") {
  Parameter w("w", f64({2, 3}));
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(f64({5, 7})).label("x");
  Var h = x * w;
  Var loss = sum(softmax(h) * h);
  backward(loss);
  const Array of_w = w.grad(), of_h = h.grad();
  const std::size_t size = tape.size(), peak = tape.statistics().peak_bytes;
  int calls = 0;
  tape.add_hook({.before = [&](const NodeView&, const Array&) { ++calls; }});
  const PathExplanation e = explain_paths(Var(w), 5), other = explain_paths(Var(w), sum(square(h)), 5);
  CHECK(calls == 0);
  CHECK(e.count == 2);
  CHECK(other.count == 1);
  CHECK(same_bits(w.grad(), of_w));
  CHECK(same_bits(h.grad(), of_h));
  CHECK(tape.size() == size + 2);
  CHECK(tape.statistics().peak_bytes >= peak);
  CHECK(difference(e.paths[0].contribution + e.paths[1].contribution, of_w) < 1e-14);
  grad(loss, x);
  CHECK(calls > 0);
  // Without kept values the graph stays whole, too.
  Tape plain;
  Var z = plain.variable(f64({1, 2}));
  Var result = sum(exp(z) * z);
  explain_paths(z, result, 3);
  CHECK(difference(grad(result, z).value(), f64({2 * std::exp(1), 3 * std::exp(2)})) < 1e-13);
}

TEST_CASE("explain_paths through results of one op, single precision, cotangents and NaN") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2, 3, 4}));
  const std::vector<Var> halves = split(x, 2);
  const PathExplanation e = explain_paths(x, sum(halves[0] * halves[1]), 4);
  REQUIRE(e.paths.size() == 2);
  CHECK(difference(e.paths[0].contribution, f64({3, 4, 0, 0})) == 0);
  CHECK(contains(e.to_string(), "\n  + float64[4] [3, 4, 0, 0], Σ|·| = 7  along #1 split"));
  const Var many = tape.variable(ones({3, 7}));
  CHECK(contains(explain_paths(many, sum(many * 2), 1).to_string(), "\n  + float32[3,7], Σ|·| = 42  along #"));
  CHECK(difference(e.paths[1].contribution, f64({0, 0, 1, 2})) == 0);
  const Var f = tape.variable(ones({2}));
  CHECK(explain_paths(f, sum(f * 3), 1).paths[0].size == 6);
  const PathExplanation given = explain_paths(x, square(x), 1, {.cotangent = f64({1, 0, 0, -1})});
  CHECK(difference(given.paths[0].contribution, f64({2, 0, 0, -8})) == 0);
  CHECK(given.paths[0].size == 10);
  Var y = tape.variable(number(-1));
  const PathExplanation nan = explain_paths(y, 1000 * y + sqrt(y), 1);
  CHECK(std::isnan(nan.paths[0].size));
  CHECK(nan.count == 2);
}

TEST_CASE("explain_paths refuses what it cannot explain") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(2)), z = tape.variable(number(1));
  Var y = square(x);
  CHECK(contains(message_of<Unreachable>([&] { explain_paths(z, y, 2); }), "xgrad::explain_paths: needs a result"));
  CHECK(
      contains(message_of<ArgError>([&] { explain_paths(x, y, 0); }), "needs a number of paths of at least 1; got 0"));
  CHECK(contains(message_of<ArgError>([&] { explain_paths(x, y, 1, {.width = 0}); }), "needs a width of at least 1"));
  CHECK(contains(message_of<NotDifferentiable>([&] { explain_paths(Var(number(1)), y, 1); }), "got a constant"));
  CHECK(contains(message_of<GraphError>([&] { explain_paths(x, 2); }), "keep_values"));
  CHECK(contains(message_of<ShapeError>([&] { explain_paths(x, x * f64({1, 2}), 2); }), "paths.cpp:"));
}
