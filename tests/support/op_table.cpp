#include "support/op_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "support/op_checks.hpp"

namespace op_table {

namespace detail {
Naive each_of(std::function<double(const std::vector<double>&)> f) {
  Naive naive([f](const std::vector<Dense>& x) {
    std::vector<Shape> shapes;
    for (const Dense& operand : x) shapes.push_back(operand.shape);
    Dense y(numeric::common_shape(shapes));
    for (std::int64_t i = 0; i < y.size(); ++i) {
      const auto index = numeric::coordinates(y.shape, i);
      std::vector<double> values;
      for (const Dense& operand : x) values.push_back(numeric::broadcast_at(operand, index));
      y[i] = f(values);
    }
    return y;
  });
  naive.elementwise = true;
  return naive;
}
}  // namespace detail

void expect(bool ok, const Case& c, const std::string& what) {
  if (ok) {
    CHECK(ok);
  } else {
    FAIL_CHECK(c.where << ": " << what);
  }
}
void expect_alike(const std::string& difference, const Case& c, const std::string& what) {
  expect(difference.empty(), c, difference.empty() ? "" : what + ": " + difference);
}

// --- operands ---

namespace {

Dense positive_definite(const Sample& s, const Shape& shape, numeric::Random& random) {
  const std::int64_t n = shape.back(), count = shape.size() / std::max<std::int64_t>(n * n, 1);
  const Dense root = random.uniform(shape, s.low, s.high);
  Dense x(shape);
  for (std::int64_t b = 0; b < count; ++b)
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double& v = x[(b * n + i) * n + j];
        for (std::int64_t k = 0; k < n; ++k) v += root[(b * n + i) * n + k] * root[(b * n + j) * n + k];
        if (i == j) v += 1;
      }
  return x;
}

Dense sample(const Sample& s, const Shape& shape, numeric::Random& random) {
  if (s.positive_definite) return positive_definite(s, shape, random);
  Dense x(shape, s.dtype);
  const std::int64_t n = x.size();
  for (std::int64_t i = 0; i < n; ++i) {
    double& v = x[i];
    if (!s.values.empty()) {
      v = s.values[static_cast<std::size_t>(i) % s.values.size()];
      continue;
    }
    const auto near_kink = [&] {
      return std::any_of(s.kinks.begin(), s.kinks.end(), [&](double kink) { return std::abs(v - kink) < 0.05; });
    };
    do {
      v = random.uniform(s.low, s.high);
      if (s.grid > 0) v = std::round(v / s.grid) * s.grid + s.shift + s.grid * random.uniform(-0.05, 0.05);
      if (!xgrad::is_floating(s.dtype)) v = std::floor(v);
      if (s.dtype == DType::boolean) v = random.below(2) == 1;
    } while (near_kink());
  }
  if (s.distinct) {
    for (std::int64_t i = 0; i < n; ++i)
      x[i] = s.low + (s.high - s.low) * (static_cast<double>(i) + random.uniform(0.25, 0.75)) / static_cast<double>(n);
    random.shuffle(x.data);
  }
  return x;
}

}  // namespace

Case sample_case(const OpRow& row, const std::vector<Shape>& shapes, std::uint64_t seed) {
  Case c{row, {}, row.name + (row.variant.empty() ? "" : " (" + row.variant + ")")};
  numeric::Random random(seed + 1);
  for (std::size_t i = 0; i < row.operands.size(); ++i) {
    c.x.push_back(sample(row.operands[i], shapes[i], random));
    c.where += (i ? ", " : " ") + shapes[i].to_string();
  }
  return c;
}
Case sample_case(const OpRow& row, std::uint64_t seed) {
  std::vector<Shape> shapes;
  for (const Sample& s : row.operands) shapes.push_back(s.shape);
  return sample_case(row, shapes, seed);
}

std::vector<Dense> in_dtype(const Case& c, DType dtype) {
  std::vector<Dense> x = c.x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (c.row.operands[i].dtype != DType::float64) continue;
    x[i].dtype = dtype;
    for (double& v : x[i].data) {
      if (dtype == DType::float32) v = static_cast<double>(static_cast<float>(v));
      if (dtype == DType::int64) v = std::nearbyint(v);
      if (dtype == DType::uint8) v = std::abs(std::nearbyint(v));
      if (dtype == DType::boolean) v = v > 0;
    }
  }
  return x;
}

bool differentiable(const OpRow& row, std::size_t i) {
  return row.operands[i].dtype == DType::float64 && !row.operands[i].constant;
}

// --- which checks, on which shapes ---

namespace {

std::vector<std::vector<Shape>> broadcast_patterns(std::size_t operands) {
  std::vector<std::vector<Shape>> patterns;
  const std::vector<Shape> all = operands == 2 ? std::vector<Shape>{{2, 3}, {}, {3}, {2, 1}, {1, 3}, {1}}
                                               : std::vector<Shape>{{2, 3}, {}, {3}, {2, 1}};
  if (operands == 1) {
    patterns = {{{}}, {{1}}, {{0}}, {{0, 3}}, {{3, 0, 2}}, {{2, 1, 2, 1, 2, 1, 1, 1}}};
    return patterns;
  }
  std::size_t count = 1;
  for (std::size_t i = 0; i < operands; ++i) count *= all.size();
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<Shape> shapes;
    for (std::size_t i = 0, rest = k; i < operands; ++i, rest /= all.size()) shapes.push_back(all[rest % all.size()]);
    patterns.push_back(shapes);
  }
  const std::vector<std::pair<Shape, Shape>> pairs = {{{2, 2, 3}, {2, 3}},
                                                      {{3}, {2, 1, 3}},
                                                      {{2, 1, 3}, {2, 1}},
                                                      {{0, 3}, {3}},
                                                      {{0, 3}, {0, 3}},
                                                      {{0}, {}},
                                                      {{2, 0}, {2, 1}},
                                                      {{}, {0}},
                                                      {{1}, {0, 2}},
                                                      {{4, 1, 2, 1}, {3, 1, 2}},
                                                      {{2, 1, 2, 1}, {1, 3, 1, 2}}};
  for (const auto& [a, b] : pairs)
    for (std::size_t first = 0; first + 1 < operands; ++first) {
      std::vector<Shape> shapes(operands);  // the rest are scalars
      shapes[first] = a;
      shapes[first + 1] = b;
      patterns.push_back(shapes);
    }
  return patterns;
}

/// Every check whose subject is a gradient, at one set of operands.
void check_gradients(const Case& c) {
  check_fast_is_graph(c);
  check_fusion(c);
  check_linearity(c);
  check_inner_operands(c);
  check_same_operand(c);
  check_accumulates(c);
  if (std::find(c.row.dtypes.begin(), c.row.dtypes.end(), DType::float32) != c.row.dtypes.end())
    check_float32_gradient(c);
}

void check_elementwise(const OpRow& row) {
  for (const std::vector<Shape>& shapes : broadcast_patterns(row.operands.size())) {
    const Case c = sample_case(row, shapes, 17);
    for (const DType dtype : row.dtypes) check_value(c, dtype);
    if (row.order == 0) continue;
    check_derivatives(c, std::min(row.order, 2));
    check_gradients(c);
  }
  for (const std::int64_t n : {67, 1031}) {  // whole vectors and a rest, of every instruction set
    const Case c = sample_case(row, std::vector<Shape>(row.operands.size(), Shape{n}), 23);
    for (const DType dtype : row.dtypes) check_value(c, dtype);
    if (row.order == 0) continue;
    check_fast_is_graph(c);
    check_accumulates(c);
  }
}

void check_row(const OpRow& row) {
  const Case c = sample_case(row, 5);
  expect(static_cast<bool>(row.naive), c, "a row needs a naive evaluator");
  expect(static_cast<bool>(row.call), c, "a row needs a call");
  for (const DType dtype : row.dtypes) check_value(c, dtype);
  if (std::any_of(row.operands.begin(), row.operands.end(), [](const Sample& s) { return s.dtype == DType::float64; }))
    for (const DType dtype : all_dtypes)
      if (std::find(row.dtypes.begin(), row.dtypes.end(), dtype) == row.dtypes.end()) check_refused_dtype(c, dtype);
  if (row.order > 0) {
    for (const std::uint64_t seed : {5u, 6u, 7u}) check_derivatives(sample_case(row, seed), row.order);
    check_gradients(c);
  }
  if (row.naive) check_formulas(c);
  if (row.naive.elementwise) check_elementwise(row);
  for (std::size_t i = 0; i < row.edges.size(); ++i) check_edge(row, i);
  for (std::size_t i = 0; i < row.rejections.size(); ++i) check_rejection(row, i);
}

}  // namespace

void check_rows(const std::vector<OpRow>& rows) {
  const char* only = std::getenv("XGRAD_OP");
  for (const OpRow& row : rows) {
    if (only && row.name != only) continue;
    try {
      check_row(row);
    } catch (const std::exception& e) {
      FAIL_CHECK(row.name << " " << row.variant << " threw: " << std::string(e.what()));
    }
  }
}

}  // namespace op_table
