#include "support/op_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"

namespace op_table {

using numeric::Tolerance;
using xgrad::Tape;

// --- pieces ---

Leaves leaves(Tape& tape, const OpRow& row, const std::vector<Dense>& x) {
  Leaves l;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Array a = numeric::to_array(x[i]);
    if (differentiable(row, i) && xgrad::is_floating(x[i].dtype)) {
      l.operands.push_back(tape.variable(a));
      l.targets.push_back(l.operands.back());
    } else {
      l.operands.push_back(Var(a));
    }
  }
  return l;
}

Var weighted(const Var& v, const Dense& w) { return xgrad::sum_to(v * Var(numeric::to_array(w, v.dtype())), Shape{}); }
Var weighted_results(const Vars& results) {
  numeric::Random random(99);
  Var total;
  for (const Var& y : results) {
    const Dense w = random.uniform(y.shape(), -1, 1);
    if (!xgrad::is_floating(y.dtype())) continue;
    const Var part = weighted(y, w);
    total = total.valid() ? total + part : part;
  }
  return total;
}
std::vector<Dense> directions(const Vars& targets, int k) {
  numeric::Random random(1000 + static_cast<std::uint64_t>(k));
  std::vector<Dense> u;
  for (const Var& t : targets) u.push_back(random.uniform(t.shape(), -1, 1));
  return u;
}
std::vector<Dense> to_dense(const Vars& v) {
  std::vector<Dense> x;
  for (const Var& each : v) x.push_back(numeric::to_dense(each.value()));
  return x;
}

namespace {

/// Σ over the targets of direction k · g.
Var along(const Vars& g, int k) {
  const std::vector<Dense> u = directions(g, k);
  Var total;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Var part = weighted(g[i], u[i]);
    total = total.valid() ? total + part : part;
  }
  return total;
}

Vars gradient(const Var& y, const Vars& targets, bool create_graph) {
  return grad(y, targets, {.create_graph = create_graph, .retain = true, .allow_unused = true});
}

/// Alike to `relative`, measured by the largest entry.
std::string unlike(const Dense& got, const Dense& want, double relative) {
  return numeric::difference(got, want, Tolerance{.relative = relative, .floor = numeric::largest(want)});
}
void expect_all_alike(const std::vector<Dense>& got, const std::vector<Dense>& want, double relative, const Case& c,
                      const std::string& what) {
  for (std::size_t i = 0; i < want.size(); ++i)
    expect_alike(unlike(got[i], want[i], relative), c, what + " " + std::to_string(i));
}

/// s₀ = Σ weights · results, s_k = direction k · ∇s_{k−1}: [s₀, …, s_order] at x.
std::vector<double> nested_derivatives(const OpRow& row, const std::vector<Dense>& x, int order) {
  Tape tape;
  auto scope = tape.scope();
  const Leaves l = leaves(tape, row, x);
  Var s = weighted_results(row.call(l.operands));
  std::vector<double> values{s.item<double>()};
  for (int k = 1; k <= order; ++k) {
    s = along(gradient(s, l.targets, true), k);
    values.push_back(s.item<double>());
  }
  return values;
}

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.size() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}

}  // namespace

// --- values ---

void check_value(const Case& c, DType dtype) {
  const std::vector<Dense> x = in_dtype(c, dtype);
  const std::vector<Dense> want = c.row.naive(x);
  const std::string type = std::string(" in ") + xgrad::name_of(dtype);
  Arrays arrays;
  for (const Dense& operand : x) arrays.push_back(numeric::to_array(operand));
  const Vars loose = c.row.call(Vars(arrays.begin(), arrays.end()));
  Tape tape;
  auto scope = tape.scope();
  const Vars taped = c.row.call(leaves(tape, c.row, x).operands);
  expect(loose.size() == want.size() && taped.size() == want.size(), c, "number of results" + type);
  for (std::size_t j = 0; j < std::min(loose.size(), want.size()); ++j) {
    const Array& y = loose[j].value();
    const DType due = want[j].dtype != DType::float64 ? want[j].dtype : c.row.result.value_or(dtype);
    expect(y.dtype() == due, c, std::string("dtype of the result is ") + xgrad::name_of(y.dtype()) + type);
    const Tolerance t{.relative = dtype == DType::float32 ? c.row.float32_tolerance : c.row.tolerance, .floor = 0.1};
    expect_alike(numeric::difference(numeric::to_dense(y), want[j], t), c, "value" + type);
    expect(same_bits(y, taped[j].value()), c, "the value on a tape is another" + type);
  }
  if (!c.row.call.has_arrays()) return;
  const Arrays direct = c.row.call(arrays);
  for (std::size_t j = 0; j < std::min(direct.size(), loose.size()); ++j)
    expect(same_bits(direct[j], loose[j].value()), c, "the Array overload gives another value" + type);
}

void check_refused_dtype(const Case& c, DType dtype) {
  Vars operands;
  for (const Dense& x : in_dtype(c, dtype)) operands.push_back(Var(numeric::to_array(x)));
  bool refused = false;
  try {
    c.row.call(operands);
  } catch (const xgrad::DTypeError& e) {
    refused = std::string(e.what()).find(c.row.name) != std::string::npos;
  }
  expect(refused, c, std::string("needs a DTypeError with its name for ") + xgrad::name_of(dtype));
}

// --- derivatives ---

void check_derivatives(const Case& c, int order) {
  {
    Tape tape;
    auto scope = tape.scope();
    const Leaves l = leaves(tape, c.row, c.x);
    const Var s = weighted_results(c.row.call(l.operands));
    expect(s.valid() && s.needs_grad(), c, "nothing to differentiate: give the row order 0");
    if (!s.valid() || !s.needs_grad()) return;
  }
  const std::vector<double> analytic = nested_derivatives(c.row, c.x, order);
  Tape shapes_only;
  const Vars targets = leaves(shapes_only, c.row, c.x).targets;
  for (int k = 1; k <= order; ++k) {
    const std::vector<Dense> u = directions(targets, k);
    const auto below = [&](double step) {  // s_{k−1}, moved along direction k
      std::vector<Dense> x = c.x;
      for (std::size_t i = 0, t = 0; i < x.size(); ++i) {
        if (!differentiable(c.row, i)) continue;
        for (std::int64_t e = 0; e < x[i].size(); ++e) x[i][e] += step * u[t][e];
        ++t;
      }
      return nested_derivatives(c.row, x, k - 1).back();
    };
    const double h = c.row.step;
    const double numeric = (8 * (below(h) - below(-h)) - (below(2 * h) - below(-2 * h))) / (12 * h);
    const double got = analytic[static_cast<std::size_t>(k)];
    const double scale = 1 + std::max(std::abs(got), std::abs(analytic[static_cast<std::size_t>(k - 1)]));
    expect(std::abs(got - numeric) <= c.row.numeric_tolerance * scale, c,
           "derivative of order " + std::to_string(k) + " is " + std::to_string(got) + ", by differences " +
               std::to_string(numeric) + " (off by " + std::to_string((got - numeric) * 1e9) + "e-9)");
  }
}

void check_fast_is_graph(const Case& c) {
  Tape tape;
  auto scope = tape.scope();
  const Leaves l = leaves(tape, c.row, c.x);
  Var s = weighted_results(c.row.call(l.operands));
  for (int k = 1; k <= 2; ++k) {
    const Vars graph = gradient(s, l.targets, true);
    expect_all_alike(to_dense(gradient(s, l.targets, false)), to_dense(graph), 1e-13, c,
                     "order " + std::to_string(k) + ", without and with a graph: gradient of operand");
    s = along(graph, k);
  }
}

void check_fusion(const Case& c) {
  const auto run = [&](bool fused) {
    xgrad::Fusion mode(fused);
    Tape tape;
    auto scope = tape.scope();
    const Leaves l = leaves(tape, c.row, c.x);
    const Vars results = c.row.call(l.operands);
    std::vector<std::vector<Dense>> all{to_dense(results)};
    Var s = weighted_results(results);
    for (int k = 1; k <= 2; ++k) {
      all.push_back(to_dense(gradient(s, l.targets, false)));
      s = along(gradient(s, l.targets, true), k);
    }
    return all;
  };
  const auto fused = run(true), decomposed = run(false);
  for (std::size_t k = 0; k < fused.size(); ++k)
    expect_all_alike(fused[k], decomposed[k], 1e-12, c,
                     "fused and decomposed, order " + std::to_string(k) + ": result or operand");
}

void check_linearity(const Case& c) {
  Tape tape;
  auto scope = tape.scope();
  const Leaves l = leaves(tape, c.row, c.x);
  const Vars results = c.row.call(l.operands);
  numeric::Random random(77);
  for (const Var& y : results) {
    if (!xgrad::is_floating(y.dtype())) continue;
    const Dense c1 = random.uniform(y.shape()), c2 = random.uniform(y.shape());
    Dense both(y.shape());
    for (std::int64_t i = 0; i < both.size(); ++i) both[i] = 3 * c1[i] - 2 * c2[i];
    const auto vjp = [&](const Dense& cotangent) {
      return to_dense(
          grad(y, l.targets, {.retain = true, .allow_unused = true, .cotangent = Var(numeric::to_array(cotangent))}));
    };
    const auto g1 = vjp(c1), g2 = vjp(c2);
    auto sum = g1;
    for (std::size_t i = 0; i < sum.size(); ++i)
      for (std::int64_t e = 0; e < sum[i].size(); ++e) sum[i][e] = 3 * g1[i][e] - 2 * g2[i][e];
    expect_all_alike(vjp(both), sum, 1e-12, c, "linear in the cotangent: gradient of operand");
  }
}

void check_inner_operands(const Case& c) {
  // x/2 · 2: the op's operands are results whose handles are gone when the sweep comes.
  const auto run = [&](bool inner, bool graph) {
    Tape tape;
    auto scope = tape.scope();
    std::vector<Dense> x = c.x;
    for (std::size_t i = 0; inner && i < x.size(); ++i)
      if (differentiable(c.row, i))
        for (double& v : x[i].data) v /= 2;
    Leaves l = leaves(tape, c.row, x);
    for (std::size_t i = 0; inner && i < x.size(); ++i)
      if (differentiable(c.row, i)) l.operands[i] = l.operands[i] * 2;
    Var s = weighted_results(c.row.call(l.operands));
    l.operands.clear();
    if (graph) s = along(gradient(s, l.targets, true), 1);
    return to_dense(gradient(s, l.targets, false));
  };
  for (const bool graph : {false, true}) {
    auto got = run(true, graph);
    for (Dense& g : got)
      for (double& v : g.data) v /= graph ? 4 : 2;
    expect_all_alike(got, run(false, graph), 1e-13, c, "operands that are results: gradient of operand");
  }
}

void check_same_operand(const Case& c) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < c.x.size(); ++i)
    if (differentiable(c.row, i) && c.x[i].shape == c.x.front().shape) places.push_back(i);
  if (places.size() < 2 || !c.row.same_operand) return;
  std::vector<Dense> x = c.x;
  for (const std::size_t i : places) x[i] = x[places.front()];
  Tape tape;
  auto scope = tape.scope();
  Leaves apart = leaves(tape, c.row, x);
  const auto g = to_dense(gradient(weighted_results(c.row.call(apart.operands)), apart.targets, false));
  Dense want(x[places.front()].shape);
  for (std::size_t i = 0, t = 0; i < x.size(); ++i) {
    if (!differentiable(c.row, i)) continue;
    if (std::find(places.begin(), places.end(), i) != places.end())
      for (std::int64_t e = 0; e < want.size(); ++e) want[e] += g[t][e];
    ++t;
  }
  Leaves one = leaves(tape, c.row, x);
  const Var shared = one.operands[places.front()];
  for (const std::size_t i : places) one.operands[i] = shared;
  const Var s = weighted_results(c.row.call(one.operands));
  for (const bool graph : {false, true})
    expect_alike(unlike(numeric::to_dense(gradient(s, {shared}, graph)[0].value()), want, 1e-12), c,
                 "one Var in every place: gradient");
}

void check_accumulates(const Case& c) {
  // The later summand's cotangents arrive first, so the op adds to them.
  Tape tape;
  auto scope = tape.scope();
  const Leaves l = leaves(tape, c.row, c.x);
  const Var s = weighted_results(c.row.call(l.operands));
  auto want = to_dense(gradient(s, l.targets, false));
  const auto extra = directions(l.targets, 8);
  for (std::size_t i = 0; i < want.size(); ++i)
    for (std::int64_t e = 0; e < want[i].size(); ++e) want[i][e] += extra[i][e];
  const Var both = s + along(l.targets, 8);
  expect_all_alike(to_dense(gradient(both, l.targets, false)), want, 1e-13, c, "added to a cotangent: operand");
  expect_all_alike(to_dense(gradient(both, l.targets, true)), want, 1e-13, c, "added to a graph's cotangent: operand");
}

void check_float32_gradient(const Case& c) {
  const std::vector<Dense> x32 = in_dtype(c, DType::float32);
  std::vector<Dense> x64 = x32;
  for (std::size_t i = 0; i < x64.size(); ++i) x64[i].dtype = c.x[i].dtype;
  const auto run = [&](const std::vector<Dense>& x) {
    Tape tape;
    auto scope = tape.scope();
    const Leaves l = leaves(tape, c.row, x);
    return to_dense(gradient(weighted_results(c.row.call(l.operands)), l.targets, false));
  };
  expect_all_alike(run(x32), run(x64), 4 * c.row.float32_tolerance, c, "float32 against float64: gradient of operand");
}

// --- edges and rejections ---

namespace {

/// A scalar repeated nine times: whole vectors and a rest.
Dense repeated(const Dense& x) { return Dense({9}, std::vector<double>(9, x[0]), x.dtype); }

void check_edge_in(const Case& c, const Edge& edge, const Call& call, DType dtype) {
  const std::string type = std::string(" in ") + xgrad::name_of(dtype);
  const bool single = dtype == DType::float32;
  std::vector<Dense> x = c.x;
  for (Dense& operand : x)
    if (xgrad::is_floating(operand.dtype)) operand.dtype = dtype;
  const bool repeats = c.row.naive.elementwise;
  const auto fitted = [&](const Dense& d) { return repeats && d.rank() == 0 ? repeated(d) : d; };
  const Tolerance t{
      .relative = single ? std::max(2e-6, edge.tolerance) : edge.tolerance, .floor = 0, .signed_zero = true};
  Tape tape;
  auto scope = tape.scope();
  Leaves l;
  std::vector<std::size_t> places;  // of the targets
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Array a = numeric::to_array(x[i]);
    const bool target = xgrad::is_floating(x[i].dtype) && !(i < c.row.operands.size() && c.row.operands[i].constant);
    l.operands.push_back(target ? tape.variable(a) : Var(a));
    if (target) l.targets.push_back(l.operands.back());
    if (target) places.push_back(i);
  }
  const Var y = call(l.operands)[0];
  if (edge.out)
    expect_alike(numeric::difference(numeric::to_dense(y.value()), fitted(*edge.out), t), c, "value" + type);
  if (edge.grad.empty()) return;
  Dense cotangent = edge.cotangent;
  if (cotangent.rank() == 0)
    cotangent = Dense(y.shape(), std::vector<double>(static_cast<std::size_t>(y.size()), cotangent[0]));
  for (const bool graph : {false, true}) {
    const Vars g = grad(y, l.targets,
                        {.create_graph = graph,
                         .retain = true,
                         .allow_unused = true,
                         .cotangent = Var(numeric::to_array(cotangent, y.dtype()))});
    for (std::size_t k = 0; k < places.size() && places[k] < edge.grad.size(); ++k)
      expect_alike(numeric::difference(numeric::to_dense(g[k].value()), fitted(edge.grad[places[k]]),
                                       Tolerance{.relative = t.relative, .floor = 0}),
                   c, std::string(graph ? "graph's " : "") + "gradient of operand " + std::to_string(places[k]) + type);
  }
}

}  // namespace

void check_edge(const OpRow& row, std::size_t i) {
  const Edge& edge = row.edges[i];
  Case c{row, {}, row.name + (row.variant.empty() ? "" : " (" + row.variant + ")") + " edge " + std::to_string(i)};
  bool single = edge.float32 && std::find(row.dtypes.begin(), row.dtypes.end(), DType::float32) != row.dtypes.end();
  for (const Dense& x : edge.in) {
    c.x.push_back(row.naive.elementwise && x.rank() == 0 ? repeated(x) : x);
    for (const double v : x.data) single &= !(std::isfinite(v) && static_cast<double>(static_cast<float>(v)) != v);
    c.where += " " + (x.size() == 1 ? std::to_string(x[0]) : x.shape.to_string());
  }
  const Call& call = edge.call ? edge.call : row.call;
  check_edge_in(c, edge, call, DType::float64);
  if (single) check_edge_in(c, edge, call, DType::float32);
}

void check_rejection(const OpRow& row, std::size_t i) {
  const Rejection& r = row.rejections[i];
  const Call& call = r.call ? r.call : row.call;
  const Case c{row, {}, row.name + " rejection " + std::to_string(i) + " (" + r.piece + ")"};
  Tape tape;
  auto scope = tape.scope();
  Vars operands;
  for (const Array& a : r.operands) operands.push_back(xgrad::is_floating(a.dtype()) ? tape.variable(a) : Var(a));
  const auto refused = [&](const char* form, const auto& run) {
    const std::size_t size = tape.size();
    try {
      run();
      expect(false, c, std::string(form) + ": not refused");
    } catch (const xgrad::Error& e) {
      const std::string text = e.what();
      const Loc at = e.where(), row_at = call.loc();
      expect(typeid(e) == *r.type, c, std::string(form) + ": refused by another class: " + text);
      expect(text.find(r.piece) != std::string::npos, c, std::string(form) + ": the message lacks that piece: " + text);
      expect(e.operation() == row.name && text.find(row.name) != std::string::npos, c,
             std::string(form) + ": the message lacks the op's name: " + text);
      const bool here =
          std::string_view(at.file) == row_at.file && at.line + 12 > row_at.line && at.line < row_at.line + 12;
      expect(here && text.find(to_string(at)) != std::string::npos, c,
             std::string(form) + ": the message lacks the user's line: " + text);
    }
    expect(tape.size() == size, c, std::string(form) + ": the tape has changed");
  };
  refused("Vars", [&] { call(operands); });
  if (call.has_arrays()) refused("Arrays", [&] { call(r.operands); });
}

}  // namespace op_table
