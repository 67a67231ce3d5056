// Einstein sums: subscripts are read into labels, and operands are contracted pairwise as batched matrix products.

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "ops/axes.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"

namespace xgrad {

namespace {

using Labels = std::vector<int>;  // a letter, or 1000 + k for an axis of "...", counted from the right

constexpr int dotted = 1000;
bool is_ellipsis(int label) { return label >= dotted; }
bool has(const Labels& labels, int label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

/// A value and what its axes are called.
struct Term {
  Var value;
  Labels labels;
};

[[noreturn]] void unreadable(std::string_view subscripts, const std::string& problem, Loc loc) {
  throw ArgError("einsum", "needs " + problem + "; got \"" + std::string(subscripts) + "\"", loc);
}

/// The labels of one operand's (or the result's) subscripts, `dots` of them in the place of "...".
Labels read(std::string_view part, int dots, std::string_view all, Loc loc) {
  Labels labels;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (part.substr(i, 3) != "..." || part.find("...", i + 3) != std::string_view::npos)
        unreadable(all, "\"...\" once in an operand", loc);
      for (int k = dots; k-- > 0;) labels.push_back(dotted + k);
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      labels.push_back(c);
    } else {
      unreadable(all, "letters, \"...\", commas and one \"->\"", loc);
    }
  }
  return labels;
}

int letters_in(std::string_view part) {
  return static_cast<int>(std::count_if(part.begin(), part.end(), [](char c) { return c != ' ' && c != '.'; }));
}

/// A label that stands twice is a diagonal: its two axes become one.
Term diagonal(Term t, Loc loc) {
  for (std::size_t i = 0; i < t.labels.size(); ++i) {
    for (std::size_t j = i + 1; j < t.labels.size(); ++j) {
      if (t.labels[i] != t.labels[j]) continue;
      const Shape shape = t.value.shape();
      const std::int64_t n = shape[static_cast<int>(i)];
      std::vector<int> order;
      Shape rest;
      Labels labels;
      for (std::size_t k = 0; k < t.labels.size(); ++k) {
        if (k == i || k == j) continue;
        order.push_back(static_cast<int>(k));
        rest.push_back(shape[static_cast<int>(k)]);
        labels.push_back(t.labels[k]);
      }
      labels.push_back(t.labels[i]);
      order.push_back(static_cast<int>(i));
      order.push_back(static_cast<int>(j));
      rest.push_back(n * n);
      const Var flat = reshape(Arg(transpose(Arg(t.value, loc), order), loc), rest);
      return diagonal({slice(Arg(flat, loc), {ellipsis, Slice{.step = n + 1}}), labels}, loc);
    }
  }
  return t;
}

/// Sums over the axes whose labels nobody needs any more.
Term summed(Term t, const Labels& needed, Loc loc) {
  std::vector<int> axes;
  Labels labels;
  for (std::size_t k = 0; k < t.labels.size(); ++k) {
    if (has(needed, t.labels[k])) {
      labels.push_back(t.labels[k]);
    } else {
      axes.push_back(static_cast<int>(k));
    }
  }
  if (axes.empty()) return t;
  return {sum(Arg(t.value, loc), Axes(axes)), labels};
}

/// The axes in the order of `labels`.
Var arranged(const Term& t, const Labels& labels, Loc loc) {
  std::vector<int> order;
  for (int label : labels)
    order.push_back(static_cast<int>(std::find(t.labels.begin(), t.labels.end(), label) - t.labels.begin()));
  return std::is_sorted(order.begin(), order.end()) ? t.value : transpose(Arg(t.value, loc), order);
}

std::int64_t extent_of(const Term& t, int label) {
  return t.value.shape()[static_cast<int>(std::find(t.labels.begin(), t.labels.end(), label) - t.labels.begin())];
}

/// Axes of "..." with extent 1 broadcast against the other operand: they are dropped.
Term without_broadcast(const Term& t, const Term& other, Loc loc) {
  Term result{t.value, {}};
  Shape shape;
  for (std::size_t k = 0; k < t.labels.size(); ++k) {
    const int label = t.labels[k];
    const std::int64_t extent = t.value.shape()[static_cast<int>(k)];
    if (is_ellipsis(label) && extent == 1 && has(other.labels, label) && extent_of(other, label) != 1) continue;
    result.labels.push_back(label);
    shape.push_back(extent);
  }
  if (result.labels.size() != t.labels.size()) result.value = reshape(Arg(t.value, loc), shape);
  return result;
}

Labels joined(Labels x, const Labels& y, const Labels& z = {}) {
  x.insert(x.end(), y.begin(), y.end());
  x.insert(x.end(), z.begin(), z.end());
  return x;
}

Shape extents_of(const Term& t, const Labels& labels) {
  Shape shape;
  for (int label : labels) shape.push_back(extent_of(t, label));
  return shape;
}

Shape joined_shape(Shape x, const Shape& y) {
  for (std::int64_t extent : y) x.push_back(extent);
  return x;
}

/// The term as a stack of matrices [batch..., rows, columns], or with rows and columns exchanged where its memory has
/// them so: `transposed` then goes to BLAS as a flag, and nothing is copied.
Var as_matrices(const Term& t, const Labels& batch, const Labels& rows, const Labels& columns, bool& transposed,
                Loc loc) {
  transposed = t.labels != joined(batch, rows, columns) && t.labels == joined(batch, columns, rows);
  const Labels &first = transposed ? columns : rows, &second = transposed ? rows : columns;
  const Shape shape{extents_of(t, batch).size(), extents_of(t, first).size(), extents_of(t, second).size()};
  return reshape(Arg(arranged(t, joined(batch, first, second), loc), loc),
                 batch.empty() ? Shape{shape[1], shape[2]} : shape);
}

/// The elementwise product of two terms that have nothing to sum: axes of a, then those of b alone.
Term multiplied(const Term& a, const Term& b, const Labels& free_b, Loc loc) {
  Labels shared;
  Shape left = a.value.shape(), right;
  for (int label : a.labels) {
    right.push_back(has(b.labels, label) ? extent_of(b, label) : 1);
    if (has(b.labels, label)) shared.push_back(label);
  }
  for (int label : free_b) {
    left.push_back(1);
    right.push_back(extent_of(b, label));
  }
  const Var x = reshape(Arg(a.value, loc), left),
            y = reshape(Arg(arranged(b, joined(shared, free_b), loc), loc), right);
  return {multiply(Arg(x, loc), Arg(y, loc)), joined(a.labels, free_b)};
}

/// The product of two terms, summed over the labels that only they have: one batched matrix product, or one elementwise
/// product where there are none.
Term contracted(const Term& left, const Term& right, const Labels& needed, Loc loc) {
  Term a = without_broadcast(left, right, loc), b = without_broadcast(right, left, loc);
  Labels batch, free_a, free_b, inner;
  for (int label : a.labels) (!has(b.labels, label) ? free_a : has(needed, label) ? batch : inner).push_back(label);
  for (int label : b.labels)
    if (!has(a.labels, label)) free_b.push_back(label);
  const std::size_t axes = batch.size() + free_a.size() + free_b.size();
  if (axes > static_cast<std::size_t>(Shape::max_rank))
    throw ShapeError("einsum", "needs products of at most 8 axes; got " + std::to_string(axes), loc);
  if (inner.empty()) return multiplied(a, b, free_b, loc);
  if (needed == joined(batch, free_b, free_a)) {  // the transposed product, rather than the product transposed
    std::swap(a, b);
    std::swap(free_a, free_b);
  }
  const Labels labels = joined(batch, free_a, free_b);
  const Shape result = joined_shape(extents_of(a, joined(batch, free_a)), extents_of(b, free_b));
  MatMulOptions options;
  const Var x = as_matrices(a, batch, free_a, inner, options.transpose_a, loc);
  const Var y = as_matrices(b, batch, inner, free_b, options.transpose_b, loc);
  return {reshape(Arg(matmul(Arg(x, loc), Arg(y, loc), options), loc), result), labels};
}

}  // namespace

Var einsum(std::string_view subscripts, std::span<const Arg> operands, Loc loc) {
  const std::size_t arrow = subscripts.find("->");
  const std::string_view inputs = subscripts.substr(0, arrow);
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = inputs.find(',', begin);
    parts.push_back(inputs.substr(begin, comma == std::string_view::npos ? comma : comma - begin));
    if (comma == std::string_view::npos) break;
    begin = comma + 1;
  }
  if (parts.size() != operands.size())
    throw ArgError("einsum",
                   "needs as many operands as subscripts, " + std::to_string(parts.size()) + "; got " +
                       std::to_string(operands.size()) + " for \"" + std::string(subscripts) + "\"",
                   loc);
  std::vector<const Arg*> all;
  for (const Arg& x : operands) all.push_back(&x);
  detail::need_floating("einsum", all);
  std::vector<Term> terms;
  std::map<int, std::int64_t> extents;
  std::map<int, int> uses;
  int widest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Arg& x = operands[i];
    const bool dots = parts[i].find('.') != std::string_view::npos;
    const int extra = x.rank() - letters_in(parts[i]);
    if (extra < 0 || (!dots && extra > 0))
      throw ShapeError("einsum",
                       "needs an operand with an axis for each letter of \"" + std::string(parts[i]) + "\"; got " +
                           signature(x.value()),
                       loc);
    widest = std::max(widest, extra);
    const Labels labels = read(parts[i], extra, subscripts, loc);
    if (static_cast<int>(labels.size()) != x.rank())
      unreadable(subscripts, "letters, \"...\", commas and one \"->\"", loc);
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const std::int64_t extent = x.shape()[static_cast<int>(k)];
      const auto [known, fresh] = extents.try_emplace(labels[k], extent);
      const bool broadcasts = is_ellipsis(labels[k]) && (extent == 1 || known->second == 1);
      if (!fresh && known->second != extent && !broadcasts)
        throw ShapeError("einsum",
                         "needs one extent for each letter; got " + std::to_string(known->second) + " and " +
                             std::to_string(extent) +
                             (is_ellipsis(labels[k]) ? " for an axis of \"...\""
                                                     : " for '" + std::string(1, static_cast<char>(labels[k])) + "'") +
                             " in \"" + std::string(subscripts) + "\", operand " + signature(x.value()),
                         loc);
      known->second = std::max(known->second, extent);
      ++uses[labels[k]];
    }
    terms.push_back(diagonal({operators::operator+(x), labels}, loc));
  }
  Labels result;
  if (arrow != std::string_view::npos) {
    result = read(subscripts.substr(arrow + 2), subscripts.find('.', arrow) == std::string_view::npos ? 0 : widest,
                  subscripts, loc);
  } else {  // the letters that occur once, in alphabetical order, after the axes of "..."
    for (int k = widest; k-- > 0;) result.push_back(dotted + k);
    for (const auto& [label, count] : uses)
      if (!is_ellipsis(label) && count == 1) result.push_back(label);
  }
  for (std::size_t k = 0; k < result.size(); ++k) {
    if (!extents.count(result[k])) unreadable(subscripts, "a result whose letters occur in the operands", loc);
    if (std::count(result.begin(), result.end(), result[k]) > 1)
      unreadable(subscripts, "a result that names each letter once", loc);
  }
  Term total = terms[0];
  for (std::size_t i = 0; i < terms.size(); ++i) {
    Labels needed = result;  // and what later operands have
    for (std::size_t j = i + 1; j < terms.size(); ++j)
      needed.insert(needed.end(), terms[j].labels.begin(), terms[j].labels.end());
    if (i == 0) {
      total = summed(terms[0], needed, loc);
    } else {
      Labels also = needed;
      also.insert(also.end(), total.labels.begin(), total.labels.end());
      total = contracted(total, summed(terms[i], also, loc), needed, loc);
      total = summed(total, needed, loc);
    }
  }
  // An axis of "..." that stayed 1 in every operand that had it is there; one that no operand kept cannot be.
  return arranged(total, result, loc);
}

Var einsum(std::string_view subscripts, Arg a) {
  const Arg list[] = {a};
  return einsum(subscripts, list, a.loc());
}
Var einsum(std::string_view subscripts, Arg a, Arg b) {
  const Arg list[] = {a, b};
  return einsum(subscripts, list, a.loc());
}
Var einsum(std::string_view subscripts, Arg a, Arg b, Arg c) {
  const Arg list[] = {a, b, c};
  return einsum(subscripts, list, a.loc());
}

}  // namespace xgrad
