#include "xgrad/ops/linalg.hpp"

#include <doctest/doctest.h>

#include <map>

#include "support/op_table.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

/// Every index combination of named axes: y[result] += Π operands. Axes of extent 1 broadcast.
Naive sums(std::vector<std::string> names, std::string result) {
  return [=](const std::vector<Dense>& in) {
    std::map<char, std::int64_t> extents;
    for (std::size_t i = 0; i < in.size(); ++i)
      for (int axis = 0; axis < in[i].rank(); ++axis) {
        auto& n = extents.try_emplace(names[i][static_cast<std::size_t>(axis)], 1).first->second;
        if (in[i].shape[axis] != 1) n = in[i].shape[axis];
      }
    std::string letters;
    std::vector<std::int64_t> all;
    for (const auto& [letter, n] : extents) letters += letter, all.push_back(n);
    Shape shape;
    for (const char c : result) shape.push_back(extents.at(c));
    Dense y(shape);
    std::vector<std::int64_t> at(letters.size());
    std::int64_t count = 1;
    for (const std::int64_t n : all) count *= n;
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t rest = i;
      for (std::size_t l = letters.size(); l-- > 0; rest /= all[l]) at[l] = rest % all[l];
      const auto index = [&](const std::string& word, const Shape& s) {
        std::vector<std::int64_t> place;
        for (const char c : word) place.push_back(at[letters.find(c)]);
        for (int axis = 0; axis < s.rank(); ++axis)
          if (s[axis] == 1) place[static_cast<std::size_t>(axis)] = 0;
        return place;
      };
      double product = 1;
      for (std::size_t o = 0; o < in.size(); ++o) product *= in[o].at(index(names[o], in[o].shape));
      y.at(index(result, y.shape)) += product;
    }
    return y;
  };
}

const Array f64_23 = zeros({2, 3}, DType::float64), f64_24 = zeros({2, 4}, DType::float64);
const Array f64_3 = zeros({3}, DType::float64), f64_4 = zeros({4}, DType::float64), f64_ = zeros({}, DType::float64);
const Array f64_223 = zeros({2, 2, 3}, DType::float64), f64_332 = zeros({3, 3, 2}, DType::float64);

std::vector<OpRow> products() {
  std::vector<OpRow> rows;
  const auto row = [&](const char* variant, Shape a, Shape b, std::string in_a, std::string in_b, std::string out,
                       MatMulOptions o = {}) {
    rows.push_back({.name = "matmul",
                    .variant = variant,
                    .call = [o](const auto& x) { return matmul(x[0], x[1], o); },
                    .operands = {{.shape = a}, {.shape = b}},
                    .naive = sums({in_a, in_b}, out)});
  };
  row("flags", {2, 3}, {3, 4}, "ik", "kj", "ij");
  row("a transposed", {3, 2}, {3, 4}, "ki", "kj", "ij", {.transpose_a = true});
  row("b transposed", {2, 3}, {4, 3}, "ik", "jk", "ij", {.transpose_b = true});
  row("both transposed", {3, 2}, {4, 3}, "ki", "jk", "ij", {.transpose_a = true, .transpose_b = true});
  row("square", {3, 3}, {3, 3}, "ik", "kj", "ij");
  row("uneven", {17, 33}, {33, 5}, "ik", "kj", "ij");
  rows.back().float32_tolerance = 1e-5;
  row("batch", {2, 2, 3}, {2, 3, 2}, "bik", "bkj", "bij");
  row("batch, a transposed", {2, 3, 2}, {2, 3, 2}, "bki", "bkj", "bij", {.transpose_a = true});
  row("batch, b transposed", {2, 2, 3}, {2, 2, 3}, "bik", "bjk", "bij", {.transpose_b = true});
  row("batch, both transposed", {2, 3, 2}, {2, 2, 3}, "bki", "bjk", "bij", {.transpose_a = true, .transpose_b = true});
  row("batch times matrix", {2, 3, 2, 3}, {3, 2}, "abik", "kj", "abij");
  row("batch times matrix, b transposed", {2, 2, 3}, {2, 3}, "bik", "jk", "bij", {.transpose_b = true});
  row("batch times matrix, a transposed", {2, 3, 2}, {3, 2}, "bki", "kj", "bij", {.transpose_a = true});
  row("batch times one of a batch", {2, 2, 3}, {1, 3, 2}, "bik", "bkj", "bij");
  row("matrix times batch", {2, 3}, {2, 3, 2}, "ik", "bkj", "bij");
  row("matrix times batch, a transposed", {3, 2}, {2, 3, 2}, "ki", "bkj", "bij", {.transpose_a = true});
  row("batches that broadcast", {2, 1, 2, 3}, {3, 3, 2}, "abik", "bkj", "abij");
  row("batches that broadcast both ways", {2, 1, 2, 3}, {1, 3, 3, 2}, "abik", "abkj", "abij");
  row("vectors", {3}, {3}, "k", "k", "");
  row("vector times matrix", {3}, {3, 2}, "k", "kj", "j");
  row("vector times transposed", {3}, {2, 3}, "k", "jk", "j", {.transpose_b = true});
  row("matrix times vector", {2, 3}, {3}, "ik", "k", "i");
  row("transposed times vector", {3, 2}, {3}, "ki", "k", "i", {.transpose_a = true});
  row("vector times batch", {3}, {2, 3, 2}, "k", "bkj", "bj");
  row("batch times vector", {2, 2, 3}, {3}, "bik", "k", "bi");
  row("transposed batch times vector", {2, 3, 2}, {3}, "bki", "k", "bi", {.transpose_a = true});
  row("flags of vectors", {3}, {3}, "k", "k", "", {.transpose_a = true, .transpose_b = true});
  row("no inner axis", {2, 0}, {0, 3}, "ik", "kj", "ij");
  row("no rows", {0, 3}, {3, 2}, "ik", "kj", "ij");
  row("no batch", {0, 2, 3}, {3, 2}, "bik", "kj", "bij");
  row("one element", {1, 1}, {1, 1}, "ik", "kj", "ij");
  rows.push_back(
      {.name = "matmul",
       .call = [](const auto& x) { return matmul(x[0], x[1]); },
       .operands = {{.shape = {2, 3}}, {.shape = {3, 4}}},
       .naive = sums({"ik", "kj"}, "ij"),
       .rejections = {rejects<ShapeError>({f64_23, f64_24}, "needs inner dimensions that agree; got [2,3] x [2,4]"),
                      rejects<ShapeError>(
                          {f64_23, f64_23}, "got [2,3] transposed x [2,3] transposed",
                          [](const auto& x) { return matmul(x[0], x[1], {.transpose_a = true, .transpose_b = true}); }),
                      rejects<ShapeError>({f64_223, f64_332}, "needs batch axes that broadcast; got [2,2,3] x [3,3,2]"),
                      rejects<ShapeError>({f64_, f64_3}, "needs arrays of at least one axis"),
                      rejects<DTypeError>({f64_23, zeros({3, 4})}, "needs operands of one element type")}});
  return rows;
}

std::vector<OpRow> dots() {
  std::vector<OpRow> rows;
  const auto row = [&](const char* variant, Shape a, Shape b, std::string in_a, std::string in_b, std::string out) {
    rows.push_back({.name = "dot",
                    .variant = variant,
                    .call = [](const auto& x) { return dot(x[0], x[1]); },
                    .operands = {{.shape = a}, {.shape = b}},
                    .naive = sums({in_a, in_b}, out)});
  };
  row("vectors", {3}, {3}, "k", "k", "");
  row("matrices", {2, 3}, {3, 2}, "ik", "kj", "ij");
  row("matrix and vector", {2, 3}, {3}, "ik", "k", "i");
  row("vector and matrix", {3}, {3, 2}, "k", "kj", "j");
  row("stacks", {2, 2, 3}, {2, 3, 2}, "aik", "bkj", "aibj");
  row("scalar", {}, {2, 3}, "", "ij", "ij");
  row("by a scalar", {2, 3}, {}, "ij", "", "ij");
  rows.back().rejections = {
      rejects<ShapeError>({f64_23, f64_24}, "needs a last axis of a like the last but one of b; got float64[2,3]")};

  rows.push_back({.name = "outer",
                  .call = [](const auto& x) { return outer(x[0], x[1]); },
                  .operands = {{.shape = {3}}, {.shape = {2}}},
                  .naive = sums({"i", "j"}, "ij")});
  rows.push_back({.name = "outer",
                  .variant = "of scalars",
                  .call = [](const auto& x) { return outer(x[0], x[1]); },
                  .operands = {{.shape = {}}, {.shape = {}}},
                  .naive =
                      [](const std::vector<Dense>& x) {
                        return Dense(Shape{1, 1}, {x[0][0] * x[1][0]});
                      }});

  rows.push_back({.name = "tensordot",
                  .call = [](const auto& x) { return tensordot(x[0], x[1]); },
                  .operands = {{.shape = {2, 3, 2}}, {.shape = {3, 2, 4}}},
                  .naive = sums({"ijk", "jkl"}, "il")});
  rows.push_back({.name = "tensordot",
                  .variant = "no axes",
                  .call = [](const auto& x) { return tensordot(x[0], x[1], 0); },
                  .operands = {{.shape = {2, 3}}, {.shape = {2}}},
                  .naive = sums({"ij", "k"}, "ijk")});
  rows.push_back(
      {.name = "tensordot",
       .variant = "chosen axes",
       .call =
           [](const auto& x) {
             return tensordot(x[0], x[1], {0, -1}, {2, 1});
           },
       .operands = {{.shape = {2, 3, 4}}, {.shape = {5, 4, 2}}},
       .naive = sums({"ijk", "lki"}, "jl"),
       .rejections = {rejects<ShapeError>({f64_223, f64_332}, "needs paired axes of one extent",
                                          [](const auto& x) { return tensordot(x[0], x[1]); }),
                      rejects<ArgError>({f64_23, f64_24}, "needs as many axes of a as of b; got 1 and 2",
                                        [](const auto& x) {
                                          return tensordot(x[0], x[1], {0}, {0, 1});
                                        }),
                      rejects<ArgError>({f64_23, f64_23}, "needs each axis once",
                                        [](const auto& x) {
                                          return tensordot(x[0], x[1], {0, 0}, {0, 1});
                                        }),
                      rejects<IndexError>({f64_23, f64_23}, "needs an axis from -2 to 1; got 2",
                                          [](const auto& x) { return tensordot(x[0], x[1], {2}, {0}); }),
                      rejects<ArgError>({f64_3, f64_4}, "needs a number of axes that both operands have; got 2",
                                        [](const auto& x) { return tensordot(x[0], x[1]); })}});
  return rows;
}

std::vector<OpRow> einsums() {
  struct Variant {
    const char* subscripts;
    std::vector<Shape> shapes;
    std::vector<std::string> names;
    std::string result;
  };
  const std::vector<Variant> variants = {
      {"ij,jk->ik", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ik"},
      {"ij,jk", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ik"},
      {"kj,ij->ik", {{4, 3}, {2, 3}}, {"kj", "ij"}, "ik"},
      {"ba", {{2, 3}}, {"ba"}, "ab"},
      {"ij->ji", {{2, 3}}, {"ij"}, "ji"},
      {"ij->", {{2, 3}}, {"ij"}, ""},
      {"ijk->j", {{2, 3, 2}}, {"ijk"}, "j"},
      {"ii->i", {{3, 3}}, {"ii"}, "i"},
      {"ii->", {{3, 3}}, {"ii"}, ""},
      {"ii", {{3, 3}}, {"ii"}, ""},
      {"iij->ji", {{2, 2, 3}}, {"iij"}, "ji"},
      {"iii->i", {{2, 2, 2}}, {"iii"}, "i"},
      {"ii,ij->j", {{3, 3}, {3, 2}}, {"ii", "ij"}, "j"},
      {"i,i->i", {{3}, {3}}, {"i", "i"}, "i"},
      {"i,i->", {{3}, {3}}, {"i", "i"}, ""},
      {"i,j->ij", {{3}, {2}}, {"i", "j"}, "ij"},
      {"i,j->ji", {{3}, {2}}, {"i", "j"}, "ji"},
      {"i,j->", {{3}, {2}}, {"i", "j"}, ""},
      {",ij->ij", {{}, {2, 3}}, {"", "ij"}, "ij"},
      {"bij,bjk->bik", {{2, 2, 3}, {2, 3, 2}}, {"bij", "bjk"}, "bik"},
      {"bhqd,bhkd->bhqk", {{2, 1, 2, 3}, {2, 1, 4, 3}}, {"bhqd", "bhkd"}, "bhqk"},
      {"b h q k, b h k d -> b q h d", {{2, 2, 2, 3}, {2, 2, 3, 2}}, {"bhqk", "bhkd"}, "bqhd"},
      {"ijk,jl->kl", {{2, 3, 2}, {3, 2}}, {"ijk", "jl"}, "kl"},
      {"ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 4}}, {"ij", "jk", "kl"}, "il"},
      {"i,j,k->kij", {{2}, {3}, {2}}, {"i", "j", "k"}, "kij"},
      {"ij,ij,ij->j", {{2, 3}, {2, 3}, {2, 3}}, {"ij", "ij", "ij"}, "j"},
      {"...ij->...ji", {{2, 2, 3}}, {"aij"}, "aji"},
      {"...ij,...jk->...ik", {{2, 2, 3}, {3, 2}}, {"aij", "jk"}, "aik"},
      {"...ij,...jk->...ik", {{2, 1, 2, 3}, {3, 3, 2}}, {"abij", "bjk"}, "abik"},
      {"...i,...i->...", {{2, 3}, {3}}, {"ai", "i"}, "a"},
      {"i...,i...->...", {{3, 2}, {3, 2}}, {"ia", "ia"}, "a"},
      {"...,...", {{2, 3}, {3}}, {"ab", "b"}, "ab"},
      {"...j->j", {{2, 2, 3}}, {"abj"}, "j"},
  };
  std::vector<OpRow> rows;
  for (const Variant& v : variants) {
    OpRow row{.name = "einsum", .variant = v.subscripts, .naive = sums(v.names, v.result)};
    for (const Shape& s : v.shapes) row.operands.push_back({.shape = s});
    const std::string subscripts = v.subscripts;
    switch (v.shapes.size()) {
      case 1:
        row.call = [subscripts](const auto& x) { return einsum(subscripts, x[0]); };
        break;
      case 2:
        row.call = [subscripts](const auto& x) { return einsum(subscripts, x[0], x[1]); };
        break;
      default:
        row.call = [subscripts](const auto& x) { return einsum(subscripts, x[0], x[1], x[2]); };
    }
    rows.push_back(std::move(row));
  }
  rows.push_back({.name = "einsum",
                  .variant = "four operands",
                  .call =
                      [](const Vars& x) {
                        const std::vector<Arg> operands(x.begin(), x.end());
                        return einsum("ij,jk,kl,l->i", operands);
                      },
                  .operands = {{.shape = {2, 3}}, {.shape = {3, 2}}, {.shape = {2, 3}}, {.shape = {3}}},
                  .naive = sums({"ij", "jk", "kl", "l"}, "i")});
  const auto one = [](const char* subscripts) {
    return Call([subscripts](const auto& x) { return einsum(subscripts, x[0]); });
  };
  const auto two = [](const char* subscripts) {
    return Call([subscripts](const auto& x) { return einsum(subscripts, x[0], x[1]); });
  };
  rows.back().rejections = {rejects<ShapeError>({f64_23, f64_24}, "needs one extent for", two("ij,jk->ik")),
                            rejects<ShapeError>({f64_23}, "an axis for each letter", one("ijk->i")),
                            rejects<ShapeError>({f64_23}, "an axis for each letter", one("i->i")),
                            rejects<ArgError>({f64_23}, "needs letters", one("i1->i")),
                            rejects<ArgError>({f64_23}, "\"...\" once in an operand", one("i.j->i")),
                            rejects<ArgError>({f64_23}, "whose letters occur in the operands", one("ij->k")),
                            rejects<ArgError>({f64_23}, "names each letter once", one("ij->ii")),
                            rejects<ArgError>({f64_23}, "as many operands as subscripts", one("ij,jk->ik")),
                            rejects<DTypeError>({f64_23, zeros({3, 4})}, "one element type", two("ij,jk->ik"))};
  return rows;
}

}  // namespace

TEST_CASE("ops: matmul") { check_rows(products()); }
TEST_CASE("ops: dot, outer, tensordot") { check_rows(dots()); }
TEST_CASE("ops: einsum") { check_rows(einsums()); }
