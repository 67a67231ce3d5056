// Rules on the rows of a table that were read: against the same rule on those rows alone.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/optim/adadelta.hpp"
#include "xgrad/optim/adagrad.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamax.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/lion.hpp"
#include "xgrad/optim/nadam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace xgrad;
using I64 = std::int64_t;

namespace {

constexpr I64 kRows = 9, kColumns = 4;
const std::vector<I64> kRead{7, 2, 3};  // in every step, some of them twice

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}
Array row(const Array& table, I64 k) { return table.rows(k, k + 1); }

/// A loss with gradients of its own in each step, through a lookup of rows 7, 2 and 3.
void lookup(const Parameter& w, int step, DType dtype) {
  Tape tape;
  const auto scope = tape.scope();
  const Array index = Array::from<I64>(std::vector<I64>{7, 2, 3, 7}, {4});
  const Array weight =
      ((arange(0, 4 * kColumns).astype(DType::float64) - 7.0) * (0.1 * step)).reshape({4, kColumns}).astype(dtype);
  backward(sum(gather(w, index) * weight));
}

/// Three lazy steps on a table, and the same rule's on the rows that are read as a parameter of their own.
template <class Rule>
void agrees_on_rows(Rule rule, DType dtype) {
  CAPTURE(std::string(Rule::name));
  CAPTURE(std::string(name_of(dtype)));
  Rule alone = rule;
  rule.options.lazy = true;
  const Array start = random::normal({kRows, kColumns}, 0, 1, dtype);
  Parameter table("table", start);
  Parameter rows("rows", take(start, Array::from<I64>(kRead, {3}), 0));
  for (int step = 1; step <= 3; ++step) {
    table.zero_grad();
    lookup(table, step, dtype);
    REQUIRE(table.row_grad());
    rows.set_grad(take(table.grad(), Array::from<I64>(kRead, {3}), 0));
    rule.step({table});
    alone.step({rows});
  }
  const auto table_slots = rule.state.slots(table), row_slots = alone.state.slots(rows);
  REQUIRE(table_slots.size() == row_slots.size());
  for (I64 k = 0; k < kRows; ++k) {
    CAPTURE(k);
    const auto read = std::find(kRead.begin(), kRead.end(), k);
    if (read == kRead.end()) {
      CHECK(same_bits(row(table.value(), k), row(start, k)));
      continue;
    }
    const I64 place = read - kRead.begin();
    CHECK(same_bits(row(table.value(), k), row(rows.value(), place)));
    for (std::size_t s = 0; s < table_slots.size(); ++s)
      CHECK(same_bits(row(table_slots[s], k), row(row_slots[s], place)));
  }
}

/// A rule that rests where the gradient is zero: by rows or whole, the same.
template <class Rule>
void comes_to_the_same(Rule by_rows) {
  CAPTURE(std::string(Rule::name));
  Rule whole = by_rows;
  const Array start = random::normal({kRows, kColumns});
  Parameter a("a", start), b("b", start);
  for (int step = 1; step <= 3; ++step) {
    a.zero_grad();
    lookup(a, step, DType::float32);
    b.set_grad(a.grad());
    by_rows.step({a});
    whole.step({b});
  }
  CHECK(same_bits(a.value(), b.value()));
}

}  // namespace

TEST_CASE("lazy rules do to the rows that are read what the rule does, and nothing to the others") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    agrees_on_rows(SGD{}, dtype);
    agrees_on_rows(SGD{.momentum = 0.9, .nesterov = true}, dtype);
    agrees_on_rows(RMSprop{}, dtype);
    agrees_on_rows(RMSprop{.momentum = 0.5, .centered = true}, dtype);
    agrees_on_rows(Adam{}, dtype);
    agrees_on_rows(Adam{.amsgrad = true}, dtype);
    agrees_on_rows(AdamW{}, dtype);
    agrees_on_rows(Adamax{}, dtype);
    agrees_on_rows(Nadam{}, dtype);
    agrees_on_rows(Adagrad{}, dtype);
    agrees_on_rows(Adadelta{}, dtype);
    agrees_on_rows(Lion{}, dtype);
    agrees_on_rows(Adam{.options = {.clipnorm = 0.5}}, dtype);
    agrees_on_rows(Adam{.options = {.global_clipnorm = 0.5}}, dtype);
    agrees_on_rows(RMSprop{.options = {.clipvalue = 0.05}}, dtype);
    agrees_on_rows(RMSprop{.options = {.weight_decay = 0.1}}, dtype);
  }
}

TEST_CASE("where a rule rests at zero, rows and tables come to the same") {
  comes_to_the_same(SGD{});
  comes_to_the_same(SGD{.options = {.global_clipnorm = 0.5}});
  comes_to_the_same(SGD{.options = {.weight_decay = 0.1}});  // which moves all rows
  comes_to_the_same(SGD{.options = {.use_ema = true, .ema_overwrite_frequency = 2}});
  comes_to_the_same(SGD{.options = {.gradient_accumulation_steps = 3}});
  comes_to_the_same(SGD{.momentum = 0.9});
  comes_to_the_same(Adagrad{});
  comes_to_the_same(Adam{});
  comes_to_the_same(RMSprop{});
}

TEST_CASE("looking at the gradient does not change what a lazy rule does") {
  const Array start = random::normal({kRows, kColumns});
  Parameter a("a", start), b("b", start);
  Adam of_a{.options = {.lazy = true}}, of_b = of_a;
  for (int step = 1; step <= 3; ++step) {
    zero_grad({a, b});
    lookup(a, step, DType::float32);
    lookup(b, step, DType::float32);
    (void)b.grad();
    of_a.step({a});
    of_b.step({b});
  }
  CHECK(same_bits(a.value(), b.value()));
  CHECK(same_bits(row(a.value(), 0), row(start, 0)));
}

TEST_CASE("a lazy rule on a gradient of all elements is the rule") {
  const Array start = random::normal({kRows, kColumns}), g = random::normal({kRows, kColumns});
  Parameter a("a", start), b("b", start);
  Adam lazy{.options = {.lazy = true}}, plain;
  for (int step = 1; step <= 3; ++step) {
    a.set_grad(g);
    b.set_grad(g);
    lazy.step({a});
    plain.step({b});
  }
  CHECK(same_bits(a.value(), b.value()));
}

TEST_CASE("lazy and accumulation exclude each other") {
  Parameter w("w", ones({2}));
  w.set_grad(ones({2}));
  SGD rule{.options = {.gradient_accumulation_steps = 2, .lazy = true}};
  CHECK_THROWS_WITH_AS(rule.step({w}), doctest::Contains("needs gradient_accumulation_steps of 1 with lazy"), ArgError);
}
