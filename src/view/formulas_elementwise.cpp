// Ops that work element by element.

#include "view/formula_tables.hpp"

namespace xgrad::view {

namespace {

constexpr const char* nothing = "";  // no gradient flows: the result is a label, a place or a condition

constexpr Formula unary(const char* op, const char* forward, const char* backward, const char* setting = "") {
  return {op, setting, 1, forward, {"x"}, {backward}};
}
constexpr Formula binary(const char* op, const char* forward, const char* to_a, const char* to_b) {
  return {op, "", 2, forward, {"a", "b"}, {to_a, to_b}};
}

constexpr Formula rows[] = {
    // arithmetic
    binary("add", "y = a + b", "ā = ȳ", "b̄ = ȳ"),
    binary("subtract", "y = a − b", "ā = ȳ", "b̄ = −ȳ"),
    binary("multiply", "y = a · b", "ā = ȳ · b", "b̄ = ȳ · a"),
    binary("divide", "y = a / b", "ā = ȳ / b", "b̄ = −ȳ · y / b"),
    unary("neg", "y = −x", "x̄ = −ȳ"),
    binary("absorb_multiply", "y = a · b, 0 where a = 0", "ā = ȳ · b", "b̄ = ȳ · a"),
    unary("pow", "y = xⁿ", "x̄ = ȳ · n · xⁿ⁻¹"),
    binary("pow", "y = a^b", "ā = ȳ · b · a^(b − 1)", "b̄ = ȳ · y · ln a"),
    binary("maximum", "y = max(a, b)", "ā = ȳ · [a > b] + ½ · ȳ · [a = b]", "b̄ = ȳ · [b > a] + ½ · ȳ · [a = b]"),
    binary("minimum", "y = min(a, b)", "ā = ȳ · [a < b] + ½ · ȳ · [a = b]", "b̄ = ȳ · [b < a] + ½ · ȳ · [a = b]"),
    unary("clip", "y = min(max(x, low), high)", "x̄ = ȳ · [low ≤ x ≤ high]"),
    {"clip",
     "",
     3,
     "y = min(max(x, l), h)",
     {"x", "l", "h"},
     {"x̄ = ȳ · [l < x < h], ties halved", "l̄ = ȳ · [x < l < h], ties halved", "h̄ = ȳ · [max(x, l) > h], ties halved"}},
    binary("logaddexp", "y = ln(exp(a) + exp(b))", "ā = ȳ · σ(a − b)", "b̄ = ȳ · σ(b − a)"),
    binary("hypot", "y = √(a² + b²)", "ā = ȳ · a / y", "b̄ = ȳ · b / y"),
    binary("atan2", "y = the angle of the point (b, a)", "ā = ȳ · b / (a² + b²)", "b̄ = −ȳ · a / (a² + b²)"),
    binary("fmod", "y = a − b · trunc(a / b)", "ā = ȳ", "b̄ = −ȳ · trunc(a / b)"),

    // powers, exponentials, logarithms
    unary("square", "y = x²", "x̄ = ȳ · 2 · x"),
    unary("sqrt", "y = √x", "x̄ = ȳ / (2 · y)"),
    unary("rsqrt", "y = 1 / √x", "x̄ = −ȳ · y³ / 2"),
    unary("cbrt", "y = ∛x", "x̄ = ȳ / (3 · y²)"),
    unary("reciprocal", "y = 1 / x", "x̄ = −ȳ · y²"),
    unary("reciprocal_or_zero", "y = 1 / x, 0 where x = 0", "x̄ = −ȳ · y²"),
    unary("exp", "y = exp(x)", "x̄ = ȳ · y"),
    unary("exp2", "y = 2^x", "x̄ = ȳ · y · ln 2"),
    unary("expm1", "y = exp(x) − 1", "x̄ = ȳ · (y + 1)"),
    unary("log", "y = ln x", "x̄ = ȳ / x"),
    unary("log2", "y = log₂ x", "x̄ = ȳ / (x · ln 2)"),
    unary("log10", "y = log₁₀ x", "x̄ = ȳ / (x · ln 10)"),
    unary("log1p", "y = ln(1 + x)", "x̄ = ȳ / (1 + x)"),

    // trigonometric and hyperbolic functions
    unary("sin", "y = sin x", "x̄ = ȳ · cos x"),
    unary("cos", "y = cos x", "x̄ = −ȳ · sin x"),
    unary("tan", "y = tan x", "x̄ = ȳ · (1 + y²)"),
    unary("asin", "y = asin x", "x̄ = ȳ / √(1 − x²)"),
    unary("acos", "y = acos x", "x̄ = −ȳ / √(1 − x²)"),
    unary("atan", "y = atan x", "x̄ = ȳ / (1 + x²)"),
    unary("sinh", "y = sinh x", "x̄ = ȳ · cosh x"),
    unary("cosh", "y = cosh x", "x̄ = ȳ · sinh x"),
    unary("tanh", "y = tanh x", "x̄ = ȳ · (1 − y²)"),
    unary("asinh", "y = asinh x", "x̄ = ȳ / √(1 + x²)"),
    unary("acosh", "y = acosh x", "x̄ = ȳ / √(x² − 1)"),
    unary("atanh", "y = atanh x", "x̄ = ȳ / (1 − x²)"),

    // the error function and the gamma function
    unary("erf", "y = erf x", "x̄ = ȳ · 2/√π · exp(−x²)"),
    unary("erfc", "y = 1 − erf x", "x̄ = −ȳ · 2/√π · exp(−x²)"),
    unary("lgamma", "y = ln |Γ(x)|", "x̄ = ȳ · ψ(x)"),
    unary("digamma", "y = ψ(x)", "x̄ = ȳ · ψ′(x)"),
    unary("polygamma", "y = ψ⁽ⁿ⁾(x)", "x̄ = ȳ · ψ⁽ⁿ⁺¹⁾(x)"),

    // magnitude, sign, rounding: constant between jumps
    unary("abs", "y = |x|", "x̄ = ȳ · sign x"),
    unary("sign", "y = sign x", "x̄ = 0"),
    unary("floor", "y = ⌊x⌋", "x̄ = 0"),
    unary("ceil", "y = ⌈x⌉", "x̄ = 0"),
    unary("round", "y = the whole number nearest to x", "x̄ = 0"),
    unary("trunc", "y = x without its fraction", "x̄ = 0"),

    // activations
    unary("sigmoid", "y = 1 / (1 + exp(−x))", "x̄ = ȳ · y · (1 − y)"),
    unary("log_sigmoid", "y = ln σ(x)", "x̄ = ȳ · σ(−x)"),
    unary("softplus", "y = ln(1 + exp(x))", "x̄ = ȳ · σ(x)"),
    unary("relu", "y = max(x, 0)", "x̄ = ȳ · [y > 0]"),
    unary("gelu", "y = ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))", "x̄ = ȳ · dy/dx", "approximate"),
    unary("gelu", "y = x · Φ(x)", "x̄ = ȳ · (Φ(x) + x · φ(x))"),
    unary("silu", "y = x · σ(x)", "x̄ = ȳ · (σ(x) + y · (1 − σ(x)))"),
    unary("mish", "y = x · tanh(softplus(x))", "x̄ = ȳ · (t + x · (1 − t²) · σ(x)), t = tanh(softplus(x))"),
    unary("softsign", "y = x / (1 + |x|)", "x̄ = ȳ / (1 + |x|)²"),
    unary("hard_sigmoid", "y = min(max(x + 3, 0), 6) / 6", "x̄ = ȳ / 6 · [|x| < 3]"),
    unary("hard_silu", "y = x · min(max(x + 3, 0), 6) / 6",
          "x̄ = ȳ where x ≥ 3, ȳ · (x/3 + ½) where −3 < x < 3, else 0"),
    unary("leaky_relu", "y = x where x > 0, else α · x", "x̄ = ȳ where x > 0, else α · ȳ"),
    unary("elu", "y = x where x > 0, else α · (exp(x) − 1)", "x̄ = ȳ where x > 0, else ȳ · (y + α)"),
    unary("selu", "y = λ · x where x > 0, else λ · α · (exp(x) − 1)", "x̄ = λ · ȳ where x > 0, else λ · α · ȳ · exp(x)"),
    unary("relu6", "y = min(max(x, 0), 6)", "x̄ = ȳ · [0 < x < 6]"),
    unary("hard_tanh", "y = min(max(x, −1), 1)", "x̄ = ȳ · [|x| < 1]"),
    unary("tanh_shrink", "y = x − tanh x", "x̄ = ȳ · tanh² x"),
    unary("sparse_plus", "y = x where x ≥ 1, ((x + 1) / 2)² where −1 < x < 1, else 0",
          "x̄ = ȳ · min(max((x + 1) / 2, 0), 1)"),
    unary("sparse_sigmoid", "y = min(max((x + 1) / 2, 0), 1)", "x̄ = ȳ / 2 · [|x| < 1]"),
    unary("celu", "y = x where x > 0, else α · (exp(x/α) − 1)", "x̄ = ȳ where x > 0, else ȳ · exp(x/α)"),
    unary("hard_shrink", "y = x where |x| > λ, else 0", "x̄ = ȳ · [|x| > λ]"),
    unary("soft_shrink", "y = x − λ · sign x where |x| > λ, else 0", "x̄ = ȳ · [|x| > λ]"),
    unary("squareplus", "y = ½ · (x + √(x² + b))", "x̄ = ȳ · y / √(x² + b)"),
    unary("dropout", "y = x · mask / (1 − rate)", "x̄ = ȳ · mask / (1 − rate)"),

    // comparisons and choices
    binary("equal", "y = [a = b]", nothing, nothing),
    binary("not_equal", "y = [a ≠ b]", nothing, nothing),
    binary("less", "y = [a < b]", nothing, nothing),
    binary("less_equal", "y = [a ≤ b]", nothing, nothing),
    binary("greater", "y = [a > b]", nothing, nothing),
    binary("greater_equal", "y = [a ≥ b]", nothing, nothing),
    binary("logical_and", "y = a and b", nothing, nothing),
    binary("logical_or", "y = a or b", nothing, nothing),
    binary("logical_xor", "y = either a or b", nothing, nothing),
    unary("logical_not", "y = not x", nothing),
    unary("isnan", "y = [x is NaN]", nothing),
    unary("isinf", "y = [x is ±∞]", nothing),
    unary("isfinite", "y = [x is finite]", nothing),
    {"where",
     "",
     3,
     "y = a where c, else b",
     {"c", "a", "b"},
     {nothing, "ā = ȳ where c, else 0", "b̄ = 0 where c, else ȳ"}},

    // between types and names
    unary("astype", "y = x in another element type", "x̄ = ȳ in x's type"),
    unary("identity", "y = x", "x̄ = ȳ"),
};

}  // namespace

std::span<const Formula> elementwise_formulas() { return rows; }

}  // namespace xgrad::view
