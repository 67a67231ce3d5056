#pragma once

// The checks behind op_table.hpp, one function each. A Case is a row at one set of operands.

#include <string>
#include <vector>

#include "support/op_table.hpp"
#include "xgrad/tape/tape.hpp"

namespace op_table {

struct Case {
  const OpRow& row;
  std::vector<Dense> x;  ///< one per operand; floating ones are float64
  std::string where;     ///< "add [2,3] and [3]": opens each failure's message
};

/// Counts a check, and reports it where it failed.
void expect(bool ok, const Case& c, const std::string& what);
/// The same for "" (passed) or a difference.
void expect_alike(const std::string& difference, const Case& c, const std::string& what);

/// Samples the operands of a row, with these shapes.
Case sample_case(const OpRow& row, const std::vector<Shape>& shapes, std::uint64_t seed);
Case sample_case(const OpRow& row, std::uint64_t seed);
/// The operands in another element type: those sampled as float64 change, rounded to what it holds.
std::vector<Dense> in_dtype(const Case& c, DType dtype);

/// Whether operand i carries a gradient.
bool differentiable(const OpRow& row, std::size_t i);
/// The operands on a tape (variables where differentiable), and the list of variables.
struct Leaves {
  Vars operands, targets;
};
Leaves leaves(xgrad::Tape& tape, const OpRow& row, const std::vector<Dense>& x);
/// Σ w · v, a scalar Var.
Var weighted(const Var& v, const Dense& w);
/// Σ over all floating results of weights · result; the weights depend on the shapes alone.
Var weighted_results(const Vars& results);
/// Fixed directions of the shapes of the targets, of length at most 1 an element; `k` chooses.
std::vector<Dense> directions(const Vars& targets, int k);
std::vector<Dense> to_dense(const Vars& v);

void check_value(const Case& c, DType dtype);
void check_refused_dtype(const Case& c, DType dtype);
void check_derivatives(const Case& c, int order);
void check_fast_is_graph(const Case& c);
void check_fusion(const Case& c);
void check_formulas(const Case& c);
void check_linearity(const Case& c);
void check_inner_operands(const Case& c);
void check_same_operand(const Case& c);
void check_accumulates(const Case& c);
void check_float32_gradient(const Case& c);
void check_edge(const OpRow& row, std::size_t i);
void check_rejection(const OpRow& row, std::size_t i);

}  // namespace op_table
