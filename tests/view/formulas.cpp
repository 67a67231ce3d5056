#include "view/formulas.hpp"

#include <doctest/doctest.h>

#include "xgrad/xgrad.hpp"

using namespace xgrad;
using view::formulas_of;

namespace {
view::NodeFormulas of(const Var& v) { return formulas_of(NodeView(v.node())); }
}  // namespace

TEST_CASE("formulas: an op's settings and operands choose among several") {
  Tape tape;
  auto scope = tape.scope();
  const Var a = tape.variable(ones({2, 2})), x = tape.variable(ones({2}));
  CHECK(of(a * a).forward == "y = a · b");
  CHECK(of(a * a).backward == std::vector<std::string>{"ā = ȳ · b", "b̄ = ȳ · a"});
  CHECK(of(matmul(a, a)).forward == "y = A B");
  CHECK(of(matmul(a, a)).backward == std::vector<std::string>{"Ā = ȳ Bᵀ", "B̄ = Aᵀ ȳ"});
  CHECK(of(matmul(a, a, {.transpose_b = true})).forward == "y = A Bᵀ");
  CHECK(of(matmul(a, a, {.transpose_a = true, .transpose_b = true})).forward == "y = Aᵀ Bᵀ");
  CHECK(of(dense(a, a, x, relu)).forward == "y = relu(x W + b)");
  CHECK(of(dense(a, a, x)).names == std::vector<std::string>{"x", "W", "b"});
  CHECK(of(dense(a, a)).forward == "y = x W");
  CHECK(of(pow(x, 3.0)).forward == "y = xⁿ");
  CHECK(of(pow(x, x)).forward == "y = a^b");
  CHECK(of(norm(x)).forward == "y = √Σ x²");
  CHECK(of(norm(x, {0}, false, 1)).forward == "y = Σ |x|");
  CHECK(of(softmax_cross_entropy(a, zeros({2}, DType::int64))).forward == "y = ln Σ exp(x) − x[t]");
  CHECK(of(softmax_cross_entropy(a, ones({2, 2}))).forward == "y = −Σ t · log_softmax(x)");
  CHECK(of(diag(x)).forward == "y = x on the diagonal, else 0");
  CHECK(of(diag(a)).forward == "y = the diagonal of x");
}

TEST_CASE("formulas: any number of operands, several results, leaves") {
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(ones({2}));
  CHECK(of(x).forward.empty());
  const view::NodeFormulas joined = of(concat({x, x, x}));
  CHECK(joined.names == std::vector<std::string>{"x₀", "x₁", "x₂"});
  CHECK(joined.forward == "y = x₀, x₁, x₂ joined along the axis");
  CHECK(joined.backward[1] == "x̄₁ = its stretch of ȳ");
  const std::vector<Var> parts = split(x, 2);
  CHECK(of(parts[0]).forward == of(parts[1]).forward);
  CHECK(of(parts[1]).backward.size() == 1);
}

TEST_CASE("formulas: a user's op is shown as the user's, whatever its name") {
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(ones({2}));
  const Custom sin = custom(
      "sin", [](Var v) { return v; }, [](const CustomVjp& c) { return c.grad(); });
  CHECK(of(sin(x)).forward == "y = sin(x)");
  CHECK(of(sin(x)).backward == std::vector<std::string>{"x̄ = by the rule of sin, from ȳ"});
  CHECK(of(xgrad::sin(x)).backward == std::vector<std::string>{"x̄ = ȳ · cos x"});
  CHECK(view::formula_of("no such op") == nullptr);
  CHECK(view::formula_of("add", 5) == nullptr);
}
