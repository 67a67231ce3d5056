#include <doctest/doctest.h>

#include "support/op_table.hpp"
#include "xgrad/ops/reduce.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

const Array f64_23 = zeros({2, 3}, DType::float64);

/// Running sums or products along axis 1 of three.
Naive running(bool product, bool reverse, int axis = 1) {
  return [=](const std::vector<Dense>& in) {
    Dense y = in[0];
    y.dtype = DType::float64;
    const std::int64_t n = y.shape[axis];
    numeric::each_index(y.shape, [&](std::vector<std::int64_t> i) {
      double& value = y.at(i);
      std::int64_t& k = i[static_cast<std::size_t>(axis)];
      const std::int64_t here = k;
      value = product ? 1 : 0;
      for (k = reverse ? here : 0; k < (reverse ? n : here + 1); ++k) {
        const double v = in[0].at(i);
        value = product ? value * v : value + v;
      }
    });
    return y;
  };
}

std::vector<OpRow> scans() {
  std::vector<OpRow> rows;
  for (const bool reverse : {false, true}) {
    for (const int axis : {0, 1, 2}) {
      const std::string variant = "axis " + std::to_string(axis) + (reverse ? ", from the end" : "");
      rows.push_back({.name = "cumsum",
                      .variant = variant,
                      .call = [=](const auto& x) { return cumsum(x[0], axis, reverse); },
                      .operands = {{.shape = {2, 3, 4}}},
                      .naive = running(false, reverse, axis),
                      .dtypes = all_numbers});
      rows.push_back({.name = "cumprod",
                      .variant = variant,
                      .call = [=](const auto& x) { return cumprod(x[0], axis, reverse); },
                      .operands = {{.low = 0.5, .high = 2, .shape = {2, 3, 4}}},
                      .naive = running(true, reverse, axis),
                      .dtypes = all_numbers});
    }
    rows.push_back({.name = "cumprod",
                    .variant = std::string("zeros") + (reverse ? ", from the end" : ""),
                    .call = [=](const auto& x) { return cumprod(x[0], -1, reverse); },
                    .operands = {{.shape = {2, 5}, .values = {2, 0, 3, 0, 5, 1.5, -2, 0, 4, 0.5}}},
                    .naive = running(true, reverse, 1),
                    .dtypes = all_numbers});
  }
  rows.push_back({.name = "cumsum",
                  .variant = "empty",
                  .call = [](const auto& x) { return cumsum(x[0], 0); },
                  .operands = {{.shape = {0, 3}}},
                  .naive = running(false, false, 0),
                  .dtypes = all_numbers,
                  .edges = {{.in = {Dense{1, inf, -inf, 2}}, .out = Dense{1, inf, NaN, NaN}}},
                  .rejections = {rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2",
                                                     [](const auto& x) { return cumsum(x[0], 2); })}});
  rows.push_back({.name = "cumprod",
                  .variant = "empty",
                  .call = [](const auto& x) { return cumprod(x[0], 0); },
                  .operands = {{.shape = {0, 3}}},
                  .naive = running(true, false, 0),
                  .dtypes = all_numbers,
                  .edges = {{.in = {Dense{2, 0, 3}}, .out = Dense{2, 0, 0}, .grad = {Dense{1, 8, 0}}}},
                  .rejections = {rejects<IndexError>({f64_23}, "needs an axis",
                                                     [](const auto& x) { return cumprod(x[0], -3); })}});
  return rows;
}

}  // namespace

TEST_CASE("ops: running sums and products") { check_rows(scans()); }
