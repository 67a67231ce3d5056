#pragma once

// The table of ops: one row says what an op is, and the runner holds it to everything that every op must obey.
//
//   std::vector<OpRow> rows() {
//     return {
//         {.name = "exp",
//          .call = [](const auto& x) { return exp(x[0]); },        // of Vars and of Arrays
//          .operands = {{-2, 2}},                                  // sampled from here, float64
//          .naive = each([](double x) { return std::exp(x); }),    // written independently
//          .edges = {{.in = {-inf}, .out = 0.0, .grad = {0.0}}},
//          .rejections = {rejects<DTypeError>({int_array}, "float32 or float64")}},
//     };
//   }
//   TEST_CASE("ops: elementwise") { check_rows(rows()); }
//
// What is checked of a row: value against the naive evaluator in float64 and float32; derivatives of every order up to
// `order` against central differences of the one below, in random directions; gradients with and without a graph alike;
// fused ops against their decomposition, value and two orders; linearity of the gradient in the cotangent; operands
// that are not leaves and whose handles are gone; one Var in every operand place; cotangents added to what another op
// gave; the Array overload; for elementwise ops (`each`) every broadcast pattern, empty and scalar shapes, and lengths
// that fill vectors unevenly; element types that are not declared are refused; a formula for all that it records;
// edges; rejections.
//
// XGRAD_OP=<name> runs only the rows of that name.

#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "support/numeric.hpp"
#include "xgrad/tape/op.hpp"

namespace op_table {

using numeric::Dense;
using numeric::inf;
using numeric::NaN;
using xgrad::Array;
using xgrad::DType;
using xgrad::Loc;
using xgrad::Shape;
using xgrad::Var;
using Vars = std::vector<Var>;
using Arrays = std::vector<Array>;

/// How to sample an operand. Every field may be left out; `{-2, 2, {3, 4}}` gives bounds and shape.
struct Sample {
  double low = -2, high = 2;
  Shape shape = {2, 3};
  DType dtype = DType::float64;    ///< float64: the op is also run in float32; other types are fixed
  std::vector<double> kinks = {};  ///< samples keep 0.05 away from these
  double grid = 0, shift = 0;      ///< if grid > 0: samples are multiples of it, plus shift, plus a twentieth of jitter
  bool distinct = false;           ///< no two samples are nearer than (high − low) / (2 · size)
  std::vector<double> values = {};  ///< exactly these, repeated as often as needed
  bool positive_definite = false;   ///< [..., n, n]: symmetric, eigenvalues at least 1
  bool constant = false;            ///< carries no gradient
};

namespace detail {
template <class R>
auto listed(R&& r) {
  using T = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<T, Var>) {
    return Vars{std::forward<R>(r)};
  } else if constexpr (std::is_same_v<T, Array>) {
    return Arrays{std::forward<R>(r)};
  } else {
    return std::forward<R>(r);
  }
}
}  // namespace detail

/// The op called on a list of operands. From a generic lambda, `[](const auto& x) { return add(x[0], x[1]); }`, it has
/// the Var and the Array overload; from `[](const Vars& x) {…}` only the first. It returns one result or a vector.
class Call {
 public:
  Call() = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Call> && std::invocable<const F&, const Vars&>)  //
      Call(F f, Loc loc = Loc::current())                                                         // NOLINT
      : vars_([f](const Vars& x) -> Vars { return detail::listed(f(x)); }), loc_(loc) {
    if constexpr (std::invocable<const F&, const Arrays&>)
      arrays_ = [f](const Arrays& x) -> Arrays { return detail::listed(f(x)); };
  }
  explicit operator bool() const { return static_cast<bool>(vars_); }
  bool has_arrays() const { return static_cast<bool>(arrays_); }
  Vars operator()(const Vars& x) const { return vars_(x); }
  Arrays operator()(const Arrays& x) const { return arrays_(x); }
  Loc loc() const { return loc_; }

 private:
  std::function<Vars(const Vars&)> vars_;
  std::function<Arrays(const Arrays&)> arrays_;
  Loc loc_;
};

/// The evaluator that a row's op is compared with: from all operands to all results.
class Naive {
 public:
  using Function = std::function<std::vector<Dense>(const std::vector<Dense>&)>;
  Naive() = default;
  template <class F>
  requires std::invocable < const F&, const std::vector<Dense>
  & > Naive(F f)  // NOLINT
      : f_([f](const std::vector<Dense>& x) -> std::vector<Dense> {
          if constexpr (std::is_same_v<decltype(f(x)), Dense>) {
            return {f(x)};
          } else {
            return f(x);
          }
        }) {}
  std::vector<Dense> operator()(const std::vector<Dense>& x) const { return f_(x); }
  explicit operator bool() const { return static_cast<bool>(f_); }
  bool elementwise = false;

 private:
  Function f_;
};

namespace detail {
Naive each_of(std::function<double(const std::vector<double>&)> f);
}
/// Element by element, over operands that broadcast: from a function of one, two or three doubles.
template <class F>
Naive each(F f) {
  return detail::each_of([f](const std::vector<double>& x) -> double {
    if constexpr (std::invocable<F, double>) {
      return static_cast<double>(f(x[0]));
    } else if constexpr (std::invocable<F, double, double>) {
      return static_cast<double>(f(x[0], x[1]));
    } else {
      return static_cast<double>(f(x[0], x[1], x[2]));
    }
  });
}

/// Operands that must give exactly this result and these gradients (of the result's sum; left out: not checked). Signs
/// of zeros count in the result. For elementwise ops the operands are repeated to a length of 9.
struct Edge {
  std::vector<Dense> in = {};
  std::optional<Dense> out = {};
  std::vector<Dense> grad = {};
  double tolerance = 1e-14;  ///< relative
  bool float32 = true;       ///< also in float32, if the operands are floats exactly (tolerance: at least 2e-6)
  Call call = {};            ///< instead of the row's
  Dense cotangent = 1.0;     ///< of the result, in place of ones
};

/// Operands that must be refused, with an error of exactly this class whose text has this piece, the op's name and the
/// line of the row.
struct Rejection {
  Arrays operands;
  std::string piece;
  const std::type_info* type = nullptr;
  Call call = {};  ///< instead of the row's
};
template <class E>
Rejection rejects(Arrays operands, std::string piece, Call call = {}) {
  return {std::move(operands), std::move(piece), &typeid(E), std::move(call)};
}

struct OpRow {
  std::string name;          ///< the function's name, as its OpInfo has it
  std::string variant = "";  ///< "axis 1", where an op has several rows
  Call call = {};
  std::vector<Sample> operands = {};
  Naive naive = {};
  int order = 3;                                                 ///< highest derivative to check
  std::vector<DType> dtypes = {DType::float32, DType::float64};  ///< of operands sampled as float64; others are
                                                                 ///< refused with a DTypeError
  std::optional<DType> result = {};                              ///< dtype of the results; absent: the operands'
  double tolerance = 1e-13;                                      ///< of values, float64, relative
  double float32_tolerance = 2e-6;                               ///< of values and gradients
  double numeric_tolerance = 1e-8;                               ///< of derivatives, relative to their scale
  double step = 1e-3;                                            ///< of the differences
  bool same_operand = true;                                      ///< may take one Var in every operand place
  std::vector<Edge> edges = {};
  std::vector<Rejection> rejections = {};
};

/// The element types that numbers may have.
inline const std::vector<DType> all_numbers = {DType::float32, DType::float64, DType::int64};
inline const std::vector<DType> all_dtypes = {DType::float32, DType::float64, DType::int64, DType::uint8,
                                              DType::boolean};

/// Checks rows; each failure is one of doctest's, and names the row.
void check_rows(const std::vector<OpRow>& rows);

}  // namespace op_table
