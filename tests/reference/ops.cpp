// Values, gradients and second derivatives of the ops against PyTorch and JAX, case by case through ops.txt.

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "ops_table.hpp"

using golden::Inputs;
using reference::Case;
using reference::Values;
using namespace xgrad;

namespace {

Array array_of(const Values& values) {
  Array data = Array::from<double>(values.data, golden::shape_of(values.shape));
  if (values.dtype == "float64") return data;
  if (values.dtype == "int64") return data.astype(DType::int64);
  return data.astype(values.dtype == "bool" ? DType::boolean : DType::uint8);
}

Array weights(const Shape& shape, std::int64_t& start) {
  Array w = Array::empty(shape, DType::float64);
  double* p = w.mutable_data<double>();
  for (std::int64_t k = 0; k < w.size(); ++k) p[k] = reference::weight(start++);
  return w;
}

/// Unary and binary functions: entries have nothing to do with each other, so each is held to its own size.
/// Elsewhere entries are sums of products, and their errors are those of the largest terms.
bool entrywise(const Case& c) {
  static const std::set<std::string> alone = [] {
    golden::Table table;
    golden::add_elementwise(table);
    golden::add_binary(table);
    std::set<std::string> names;
    for (const auto& row : table) names.insert(row.first);
    return names;
  }();
  return alone.count(c.op()) > 0;
}

/// Every entry must be right to 1e-12, relative.
constexpr double tolerance = 1e-12;

/// What an entry may be off besides, absolutely; zero but for one exception. These ops form their slopes from their own
/// values, as y (1 - y), (1 - y) (1 + y) or y / r. Where y is close to the end of its range, or close to 0 in the
/// second form's derivative, the slope is small beside what it is the difference of: it is right to a rounding of 1
/// (times x, up to 30 here, in silu and mish), not to a rounding of its own. PyTorch and JAX lose the same digits.
double absolute(const Case& c, const std::string& kind) {
  static const std::set<std::string> saturating = {"tanh",        "tanh_shrink", "atanh",     "sigmoid",
                                                   "log_sigmoid", "softplus",    "logaddexp", "silu",
                                                   "mish",        "expm1",       "squareplus"};
  bool extreme = c.name == c.op() + "/extreme" || c.name == c.op() + "/far";
  return kind != "out" && extreme && saturating.count(c.op()) > 0 ? 1e-14 : 0.0;
}

void compare(const Case& c, const std::string& kind, const Values& want, const Array& got) {
  CAPTURE(c.name);
  CAPTURE(kind);
  CAPTURE(want.name);
  CHECK(std::string(name_of(got.dtype())) == want.dtype);
  REQUIRE(got.shape() == golden::shape_of(want.shape));
  Array data = got.astype(DType::float64);
  const double* p = data.data<double>();
  double scale = 0;
  for (double v : want.data)
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  for (std::size_t k = 0; k < want.data.size(); ++k) {
    double value = want.data[k];
    bool same = p[k] == value || (std::isnan(value) && std::isnan(p[k]));
    double allowed = tolerance * (entrywise(c) ? std::abs(value) : scale) + absolute(c, kind);
    double error = std::abs(p[k] - value);
    CAPTURE(k);
    CAPTURE(value);
    CAPTURE(p[k]);
    CAPTURE(error);
    CAPTURE(allowed);
    CHECK((same || error <= allowed));
  }
}

/// The sum over all entries of weight * value, or of weight * value², the weights counted on from one array to the
/// next.
Var weighted(const std::vector<Var>& values, bool squared) {
  Var total = Array::scalar(0.0);
  std::int64_t start = 0;
  for (const Var& v : values) {
    if (v.dtype() != DType::float64) continue;
    Array w = weights(v.shape(), start);
    total = total + sum(w * (squared ? v * v : v));
  }
  return total;
}

/// Gradients of y by each of x; zeros where y does not depend on it.
std::vector<Var> gradients(const Var& y, const std::vector<Var>& x, bool create_graph = true) {
  if (y.needs_grad()) return grad(y, x, {.create_graph = create_graph, .retain = true, .allow_unused = true});
  std::vector<Var> zero;
  for (const Var& v : x) zero.push_back(zeros_like(v.value()));
  return zero;
}

void check(const Case& c, const golden::Call& call) {
  Tape tape;
  auto scope = tape.scope();
  Inputs inputs;
  std::vector<Var> floats;
  for (const Values& values : c.in) {
    inputs.push_back(values.is_float() ? tape.variable(array_of(values)) : Var(array_of(values)));
    if (values.is_float()) floats.push_back(inputs.back());
  }
  std::vector<Var> outputs = call(c, inputs);
  REQUIRE(outputs.size() == c.out.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) compare(c, "out", c.out[i], outputs[i].value());
  if (c.grad.empty()) return;

  Var loss = weighted(outputs, false);
  std::vector<Var> fast = gradients(loss, floats, false), first = gradients(loss, floats);
  REQUIRE(first.size() == c.grad.size());
  for (std::size_t i = 0; i < fast.size(); ++i) compare(c, "grad (fast)", c.grad[i], fast[i].value());
  for (std::size_t i = 0; i < first.size(); ++i) compare(c, "grad", c.grad[i], first[i].value());
  if (c.grad2.empty()) return;

  std::vector<Var> second = gradients(weighted(first, true), floats);
  for (std::size_t i = 0; i < second.size(); ++i) compare(c, "grad2", c.grad2[i], second[i].value());
}

}  // namespace

TEST_CASE("reference: every op agrees with PyTorch and JAX in value, gradient and second derivative") {
  golden::Table table;
  golden::add_elementwise(table);
  golden::add_binary(table);
  golden::add_reduce(table);
  golden::add_shaping(table);
  golden::add_linalg(table);
  golden::add_nn(table);
  golden::add_sequence(table);
  reference::File ops("ops.txt");
  std::set<std::string> used;
  for (const Case& c : ops.cases()) {
    CAPTURE(c.name);
    auto row = table.find(c.op());
    if (row == table.end()) {
      FAIL_CHECK("no way to call ", c.op());
      continue;
    }
    used.insert(c.op());
    try {
      check(c, row->second);
    } catch (const std::exception& error) {
      FAIL_CHECK(c.name, " threw: ", error.what());
    }
  }
  for (const auto& row : table) {
    CAPTURE(row.first);
    CHECK_MESSAGE(used.count(row.first) == 1, "a row without a case");
  }
}
