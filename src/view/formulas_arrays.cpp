// Ops on whole arrays: reductions, products of matrices, places, shapes.

#include "view/formula_tables.hpp"

namespace xgrad::view {

namespace {

constexpr const char* nothing = "";  // no gradient flows: places, labels, conditions

constexpr Formula unary(const char* op, const char* forward, const char* backward, const char* setting = "") {
  return {op, setting, 1, forward, {"x"}, {backward}};
}

constexpr Formula rows[] = {
    // reductions
    unary("sum", "y = Σ x", "x̄ = ȳ, for each x that was added"),
    unary("mean", "y = Σ x / n", "x̄ = ȳ / n, for each x of the n"),
    unary("prod", "y = Π x", "x̄ = ȳ · the product of the others"),
    unary("amax", "y = the largest x", "x̄ = ȳ where x = y, shared at ties, else 0"),
    unary("amin", "y = the smallest x", "x̄ = ȳ where x = y, shared at ties, else 0"),
    unary("any", "y = [some x holds]", nothing),
    unary("all", "y = [every x holds]", nothing),
    unary("argmax", "y = the place of the largest x", nothing),
    unary("argmin", "y = the place of the smallest x", nothing),
    unary("var", "y = Σ (x − m)² / n, m = the mean", "x̄ = ȳ · 2 · (x − m) / n"),
    unary("stddev", "y = √(Σ (x − m)² / n), m = the mean", "x̄ = ȳ · (x − m) / (n · y)"),
    unary("norm", "y = Σ |x|", "x̄ = ȳ · sign x", "order 1."),
    unary("norm", "y = the largest |x|", "x̄ = ȳ · sign x where |x| = y, shared at ties, else 0", "order inf"),
    unary("norm", "y = √Σ x²", "x̄ = ȳ · x / y, 0 where y = 0"),
    unary("logsumexp", "y = ln Σ exp(x)", "x̄ = ȳ · exp(x − y)"),
    {"logsumexp_shares", "", 2, "y = exp(x − s), s = ln Σ exp(x)", {"x", "s"}, {"x̄ = y · (ȳ − Σ ȳ · y)", nothing}},
    {"tie_shares", "", 2, "y = [x = m] / how many x are m", {"x", "m"}, {nothing, nothing}},
    unary("cumsum", "y = the running sum of x", "x̄ = the running sum of ȳ from the other end"),
    unary("cumprod", "y = the running product of x",
          "x̄ = Σ ȳ · (the product without x), over the products with x in them"),
    unary("sum_to", "y = Σ x, over the axes that were broadcast", "x̄ = ȳ, for each x that was added"),

    // softmax and cross-entropy
    unary("softmax", "y = exp(x) / Σ exp(x), along the last axis", "x̄ = y · (ȳ − Σ ȳ · y)"),
    unary("log_softmax", "y = x − ln Σ exp(x), along the last axis", "x̄ = ȳ − exp(y) · Σ ȳ"),
    {"softmax_cross_entropy",
     "labels",
     2,
     "y = ln Σ exp(x) − x[t]",
     {"x", "t"},
     {"x̄ = ȳ · (softmax(x) − onehot(t))", nothing}},
    {"softmax_cross_entropy",
     "",
     2,
     "y = −Σ t · log_softmax(x)",
     {"x", "t"},
     {"x̄ = ȳ · (softmax(x) · Σ t − t)", "t̄ = −ȳ · log_softmax(x)"}},
    {"sigmoid_cross_entropy", "", 2, "y = ln(1 + exp(x)) − x · t", {"x", "t"}, {"x̄ = ȳ · (σ(x) − t)", "t̄ = −ȳ · x"}},

    // products of matrices
    {"matmul", "transpose_a transpose_b", 2, "y = Aᵀ Bᵀ", {"A", "B"}, {"Ā = Bᵀ ȳᵀ", "B̄ = ȳᵀ Aᵀ"}},
    {"matmul", "transpose_a", 2, "y = Aᵀ B", {"A", "B"}, {"Ā = B ȳᵀ", "B̄ = A ȳ"}},
    {"matmul", "transpose_b", 2, "y = A Bᵀ", {"A", "B"}, {"Ā = ȳ B", "B̄ = ȳᵀ A"}},
    {"matmul", "", 2, "y = A B", {"A", "B"}, {"Ā = ȳ Bᵀ", "B̄ = Aᵀ ȳ"}},
    {"dense",
     "relu",
     3,
     "y = relu(x W + b)",
     {"x", "W", "b"},
     {"x̄ = (ȳ · [y > 0]) Wᵀ", "W̄ = xᵀ (ȳ · [y > 0])", "b̄ = ȳ · [y > 0], summed over rows"}},
    {"dense",
     "tanh",
     3,
     "y = tanh(x W + b)",
     {"x", "W", "b"},
     {"x̄ = (ȳ · (1 − y²)) Wᵀ", "W̄ = xᵀ (ȳ · (1 − y²))", "b̄ = ȳ · (1 − y²), summed over rows"}},
    {"dense",
     "sigmoid",
     3,
     "y = σ(x W + b)",
     {"x", "W", "b"},
     {"x̄ = (ȳ · y · (1 − y)) Wᵀ", "W̄ = xᵀ (ȳ · y · (1 − y))", "b̄ = ȳ · y · (1 − y), summed over rows"}},
    {"dense", "", 3, "y = x W + b", {"x", "W", "b"}, {"x̄ = ȳ Wᵀ", "W̄ = xᵀ ȳ", "b̄ = ȳ, summed over rows"}},
    {"dense", "relu", 2, "y = relu(x W)", {"x", "W"}, {"x̄ = (ȳ · [y > 0]) Wᵀ", "W̄ = xᵀ (ȳ · [y > 0])"}},
    {"dense", "tanh", 2, "y = tanh(x W)", {"x", "W"}, {"x̄ = (ȳ · (1 − y²)) Wᵀ", "W̄ = xᵀ (ȳ · (1 − y²))"}},
    {"dense", "sigmoid", 2, "y = σ(x W)", {"x", "W"}, {"x̄ = (ȳ · y · (1 − y)) Wᵀ", "W̄ = xᵀ (ȳ · y · (1 − y))"}},
    {"dense", "", 2, "y = x W", {"x", "W"}, {"x̄ = ȳ Wᵀ", "W̄ = xᵀ ȳ"}},
    {"spmm",
     "transposed",
     2,
     "y = Sᵀ x, S with the values v",
     {"v", "x"},
     {"v̄ = (x ȳᵀ) at the places of S", "x̄ = S ȳ"}},
    {"spmm", "", 2, "y = S x, S with the values v", {"v", "x"}, {"v̄ = (ȳ xᵀ) at the places of S", "x̄ = Sᵀ ȳ"}},
    {"sddmm", "", 2, "y = (A Bᵀ) at the places of S", {"A", "B"}, {"Ā = S(ȳ) B", "B̄ = S(ȳ)ᵀ A"}},

    // convolutions: x ∗ w, and its transposes ∗ᵀ in either operand
    {"conv2d", "", 2, "y = x ∗ w", {"x", "w"}, {"x̄ = ȳ ∗ᵀ w", "w̄ = x ∗ᵀ ȳ"}},
    {"conv2d_input", "", 2, "y = g ∗ᵀ w, on the places of x", {"g", "w"}, {"ḡ = ȳ ∗ w", "w̄ = ȳ ∗ᵀ g"}},
    {"conv2d_kernel", "", 2, "y = x ∗ᵀ g, on the taps of w", {"x", "g"}, {"x̄ = g ∗ᵀ ȳ", "ḡ = x ∗ ȳ"}},

    // pooling
    unary("max_pool2d", "y = the largest x of each window",
          "x̄ = ȳ where x was the first to be y in its window, else 0"),
    {"max_pool2d_input",
     "",
     2,
     "y = g added up at the place i in its window, else 0",
     {"g", "i"},
     {"ḡ = ȳ at the places i", nothing}},
    {"max_pool2d_gather",
     "",
     2,
     "y = x at the place i in each window",
     {"x", "i"},
     {"x̄ = ȳ added up at the places i, else 0", nothing}},
    unary("avg_pool2d", "y = Σ x / n over the n places of each window", "x̄ = ȳ / n, added up over the windows"),
    {"avg_pool2d_input", "", 1, "y = g / n, added up over the windows", {"g"}, {"ḡ = Σ ȳ / n over each window"}},

    // equations
    {"solve", "transpose", 2, "y solves Aᵀ y = b", {"A", "b"}, {"Ā = −y b̄ᵀ", "b̄ solves A b̄ = ȳ"}},
    {"solve", "", 2, "y solves A y = b", {"A", "b"}, {"Ā = −b̄ yᵀ", "b̄ solves Aᵀ b̄ = ȳ"}},
    {"triangular_solve",
     "transpose",
     2,
     "y solves Aᵀ y = b, A triangular",
     {"A", "b"},
     {"Ā = the triangle of −y b̄ᵀ", "b̄ solves A b̄ = ȳ"}},
    {"triangular_solve",
     "",
     2,
     "y solves A y = b, A triangular",
     {"A", "b"},
     {"Ā = the triangle of −b̄ yᵀ", "b̄ solves Aᵀ b̄ = ȳ"}},
    {"cholesky",
     "",
     1,
     "y yᵀ = A, y lower triangular",
     {"A"},
     {"Ā = y⁻ᵀ Φ(yᵀ ȳ) y⁻¹ made symmetric, Φ: the lower triangle, its diagonal halved"}},
    {"inverse", "", 1, "y = A⁻¹", {"A"}, {"Ā = −yᵀ ȳ yᵀ"}},
    {"slogdet", "", 1, "y = the sign of det A, and l = ln |det A|", {"A"}, {"Ā = l̄ · A⁻ᵀ"}},

    // parts and places
    unary("slice", "y = x[part]", "x̄ = ȳ at the part, else 0"),
    unary("slice_scatter", "y = x at the part, else 0", "x̄ = ȳ[part]"),
    {"index_update", "", 2, "y = x, with u at the part", {"x", "u"}, {"x̄ = 0 at the part, else ȳ", "ū = ȳ[part]"}},
    {"index_update",
     "",
     3,
     "y = x, with u at the places i",
     {"x", "i", "u"},
     {"x̄ = 0 at the places i, else ȳ", nothing, "ū = ȳ[i]; 0 for what a later one overwrites"}},
    unary("pad", "y = x in a margin", "x̄ = ȳ without the margin"),
    {"take", "", 2, "y = x[i]", {"x", "i"}, {"x̄ = ȳ added up at the places i, else 0", nothing}},
    {"gather", "", 2, "y = x[i]", {"x", "i"}, {"x̄ = ȳ added up at the places i, else 0", nothing}},
    {"take_adjoint", "", 2, "y = x added up at the places i, else 0", {"x", "i"}, {"x̄ = ȳ[i]", nothing}},
    {"take_along_axis",
     "",
     2,
     "y = x[i] along the axis",
     {"x", "i"},
     {"x̄ = ȳ added up at the places i, else 0", nothing}},
    {"take_along_axis_adjoint",
     "",
     2,
     "y = x added up at the places i along the axis, else 0",
     {"x", "i"},
     {"x̄ = ȳ[i]", nothing}},
    {"scatter_add", "", 3, "y = x, with u added at the places i", {"x", "i", "u"}, {"x̄ = ȳ", nothing, "ū = ȳ[i]"}},
    unary("one_hot", "y = 1 at the place x, else 0", nothing),
    unary("sort", "y = x in order", "x̄ = ȳ back at the places it came from"),
    unary("topk", "y = the k first of x in order", "x̄ = ȳ back at the places it came from, else 0"),
    unary("argsort", "y = the places of x in order", nothing),
    unary("triu", "y = the upper triangle of x", "x̄ = the upper triangle of ȳ"),
    unary("tril", "y = the lower triangle of x", "x̄ = the lower triangle of ȳ"),
    unary("diag", "y = x on the diagonal, else 0", "x̄ = the diagonal of ȳ", "placed"),
    unary("diag", "y = the diagonal of x", "x̄ = ȳ on the diagonal, else 0"),

    // shapes
    unary("reshape", "y = x in another shape", "x̄ = ȳ in x's shape"),
    unary("expand_dims", "y = x with axes of extent 1 more", "x̄ = ȳ without them"),
    unary("squeeze", "y = x without axes of extent 1", "x̄ = ȳ with them"),
    unary("transpose", "y = x with its axes in another order", "x̄ = ȳ with its axes in x's order"),
    unary("swapaxes", "y = x with two axes exchanged", "x̄ = ȳ with the two axes exchanged"),
    unary("moveaxis", "y = x with an axis moved", "x̄ = ȳ with the axis moved back"),
    unary("broadcast_to", "y = x repeated to a larger shape", "x̄ = ȳ summed over the copies"),
    unary("flip", "y = x in reverse", "x̄ = ȳ in reverse"),
    unary("roll", "y = x moved along the axis, round the end", "x̄ = ȳ moved back"),
    unary("split", "y = a part of x along the axis", "x̄ = ȳ at the part, joined with the other parts' cotangents"),
    {"concat", "", Formula::any_number, "joined along the axis", {"x"}, {"its stretch of ȳ"}},
    {"stack", "", Formula::any_number, "stacked along a new axis", {"x"}, {"its slice of ȳ"}},

    // functions that are kept whole
    {"checkpoint", "", Formula::any_number, "f, of which only the result is kept", {"x"}, {"by f run again, from ȳ"}},
};

}  // namespace

std::span<const Formula> array_formulas() { return rows; }

}  // namespace xgrad::view
