#include "xgrad/ops/custom.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

/// What a user's op refuses is its own business.
template <class T>
const T& numbers_only(const char* name, const T& x, bool integers) {
  if (!is_floating(x.dtype()) && !(integers && x.dtype() == DType::int64))
    throw DTypeError(name, std::string("needs numbers; got ") + name_of(x.dtype()), Loc::current());
  return x;
}

/// eˣ by a loop of the user's own.
Array exponential(const Array& x) {
  numbers_only("my_exp", x, false);
  Array y = Array::empty(x.shape(), x.dtype());
  if (x.dtype() == DType::float32) {
    for (std::int64_t i = 0; i < x.size(); ++i) y.mutable_data<float>()[i] = std::exp(x.data<float>()[i]);
  } else {
    for (std::int64_t i = 0; i < x.size(); ++i) y.mutable_data<double>()[i] = std::exp(x.data<double>()[i]);
  }
  return y;
}

const Custom my_exp = custom("my_exp", exponential, [](const CustomVjp& c) { return c.grad() * c.out(); });
const Custom my_product = custom(
    "my_product", [](const Var& a, const Var& b) { return numbers_only("my_product", a, true) * b; },
    [](const CustomVjp& c) {
      return std::vector<Var>{c.wants(0) ? c.grad() * c.in(1) : Var(), c.wants(1) ? c.grad() * c.in(0) : Var()};
    });
const Custom my_total = custom(
    "my_total",
    [](std::span<const Var> x) {
      Var y = numbers_only("my_total", x[0], true);
      for (const Var& v : x.subspan(1)) y = y + v;
      return y;
    },
    [](const CustomVjp& c) { return std::vector<Var>(static_cast<std::size_t>(c.inputs()), c.grad()); });
const Custom raw = custom("raw", exponential, [](const CustomBackward& c) { return multiply(c.grad(), c.out()); });

std::vector<OpRow> rows() {
  return {{.name = "my_exp",
           .call = [](const auto& x) { return my_exp(x[0]); },
           .operands = {{.low = -1, .high = 1}},
           .naive =
               [](const std::vector<Dense>& in) {
                 Dense y = in[0];
                 for (double& v : y.data) v = std::exp(v);
                 return y;
               },
           .dtypes = {DType::float32, DType::float64}},
          {.name = "my_product",
           .call = [](const auto& x) { return my_product(x[0], x[1]); },
           .operands = {{-2, 2}, {-2, 2}},
           .naive = each([](double a, double b) { return a * b; }),
           .dtypes = all_numbers,
           .rejections = {rejects<ArgError>({zeros({2})}, "needs 2 operands; got 1",
                                            [](const auto& x) { return my_product(x[0]); })}},
          {.name = "my_total",
           .call =
               [](const Vars& x) {
                 const std::vector<Arg> operands(x.begin(), x.end());
                 return my_total(operands);
               },
           .operands = {{-2, 2}, {-2, 2}, {-2, 2}},
           .naive = each([](double a, double b, double c) { return a + b + c; }),
           .dtypes = all_numbers}};
}

std::vector<double> numbers(const Array& a) { return numeric::to_dense(a).data; }

}  // namespace

TEST_CASE("ops: custom") { check_rows(rows()); }

TEST_CASE("ops: custom, a gradient of one's own for a function of Vars") {
  const Custom clipped = custom(
      "clip_gradient", [](const Var& x) { return x; },
      [](const CustomVjp& c) { return minimum(maximum(c.grad(), -1), 1); });
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(Array::from<double>(std::vector<double>{1, 2, 3}, {3}));
  const Var w = Array::from<double>(std::vector<double>{-5, 0.5, 2}, {3});
  CHECK(numbers(grad(sum(clipped(x) * w), x).value()) == std::vector<double>{-1, 0.5, 1});
  const Custom rounded = straight_through("rounded", [](const Var& v) { return round(v); });
  const Var y = rounded(x * 0.4);
  CHECK(numbers(y.value()) == std::vector<double>{0, 1, 1});
  CHECK(numbers(grad(sum(y * w), x).value()) == std::vector<double>{-2, 0.2, 0.8});
}

TEST_CASE("ops: custom, a rule on Arrays gives first derivatives only") {
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(Array::from<double>(std::vector<double>{0, 1}, {2}));
  const Var y = sum(raw(x));
  CHECK(numbers(grad(y, x, {.retain = true}).value()) == std::vector<double>{1, std::exp(1.0)});
  try {
    grad(y, x, {.create_graph = true});
    FAIL_CHECK("not refused");
  } catch (const NotDifferentiable& e) {
    CHECK(std::string(e.what()).find("raw: needs a rule written in ops") != std::string::npos);
    CHECK(std::string(e.what()).find("ops/custom.cpp:") != std::string::npos);
  }
  CHECK(numbers(grad(y, x).value()) == std::vector<double>{1, std::exp(1.0)});  // the refusal changed nothing
}

TEST_CASE("ops: custom carries the user's name") {
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(zeros({2}));
  const Var y = my_exp(x);
  CHECK(std::string(tape.node(static_cast<std::size_t>(y.index())).op()) == "my_exp");
  CHECK(my_exp.name() == "my_exp");
}

TEST_CASE("ops: custom, what its forward function captured counts as a constant, and records nothing") {
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(full({2}, 3, DType::float64)), k = tape.variable(full({2}, 5, DType::float64));
  const Custom scaled = custom(
      "scaled", [k](const Var& v) { return exp(v) * 0 + v * k; }, [](const CustomVjp& c) { return c.grad() * 5; });
  const std::size_t before = tape.size();
  const Var y = scaled(x);
  CHECK(tape.size() == before + 1);
  CHECK(numbers(grad(sum(y), x, {.retain = true}).value()) == std::vector<double>{5, 5});
  CHECK_THROWS_AS(grad(sum(y), k), Unreachable);
}

TEST_CASE("ops: custom, exceptions of user code pass through and leave the tape alone") {
  struct Mine : std::runtime_error {
    Mine() : std::runtime_error("mine") {}
  };
  const Custom bad_value = custom(
      "bad_value", [](const Var&) -> Var { throw Mine(); }, [](const CustomVjp& c) { return c.grad(); });
  const Custom bad_rule = custom(
      "bad_rule", [](const Var& x) { return x; }, [](const CustomVjp&) -> Var { throw Mine(); });
  const Custom short_rule = custom(
      "short_rule", [](const Var& a, const Var&) { return a; }, [](const CustomVjp& c) { return c.grad(); });
  const Custom misfit = custom(
      "misfit", [](const Var& x) { return x; }, [](const CustomVjp&) { return Var(zeros({7}, DType::float64)); });
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(ones({2}, DType::float64));
  const std::size_t before = tape.size();
  CHECK_THROWS_AS(bad_value(x), Mine);
  CHECK(tape.size() == before);
  const Var y = sum(bad_rule(x));
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(grad(y, x, {.retain = true}), Mine);
  CHECK_THROWS_AS(grad(y, x, {.create_graph = true}), Mine);
  CHECK(tape.size() == size);
  CHECK_THROWS_WITH_AS(grad(sum(short_rule(x, x)), x),
                       doctest::Contains("needs one cotangent for each of its 2 operands"), ArgError);
  CHECK_THROWS_WITH_AS(grad(sum(misfit(x)), x), doctest::Contains("misfit: needs a cotangent of float64[2]"),
                       ShapeError);
}

TEST_CASE("ops: custom, integers carry no gradient") {
  const Custom pick = custom(
      "pick", [](const Array& x, const Array& i) { return x.rows(i.item<std::int64_t>(), i.item<std::int64_t>() + 1); },
      [](const CustomVjp& c) {
        CHECK(!c.wants(1));
        return std::vector<Var>{c.grad() + zeros({3, 1}, DType::float64), Var()};
      });
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(Array::from<double>(std::vector<double>{1, 2, 3}, {3, 1}));
  const Var y = pick(x, Array::scalar(std::int64_t{1}));
  CHECK(y.item<double>() == 2);
  CHECK(numbers(grad(sum(y), x).value()) == std::vector<double>{1, 1, 1});
}
