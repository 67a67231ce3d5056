#pragma once
// Random typed graphs, and what they compute, by loops over single numbers: this part knows nothing of the library.

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace fuzz {

using Dims = std::vector<std::int64_t>;

struct Value {
  Dims dims;
  std::vector<double> v;
};

// clang-format off
enum class Kind {
  sin, tanh, sigmoid, softplus, exp, log, sqrt, square, abs, relu, neg, scale,            // of a
  add, subtract, multiply, divide, maximum, logaddexp, choose,                            // of a and b, broadcasting
  sum, mean_first, sum_last, amax_last, logsumexp_last, cumsum_last, softmax_last, log_softmax_last, prod_last,
  transpose, flatten, concat, first_row, flip_last, repeat_up, take_rows,
  matmul, dense,
  stop, custom, kept, kept_twice,                                                         // kept: in a checkpoint
  wrong,                                                                                  // planted: see fuzz.cpp
  count
};
// clang-format on
const char* name_of(Kind k);
bool reads_two(Kind k);

/// The value that comes after the inputs and the instructions before it: kind(values[a], values[b], c).
struct Instruction {
  Kind kind;
  std::size_t a = 0, b = 0;
  double c = 0;
};

struct Graph {
  std::vector<Value> inputs;
  std::vector<Instruction> code;
  std::uint64_t seed = 0;
  bool halves = false;  // the second half of the code runs in one checkpoint
  std::string to_string() const;
};

/// All values; nothing where an instruction does not fit its operands, or comes too near a kink, a pole or a very large
/// number. `frozen`: the values of `stop` instructions, kept from another run.
std::optional<std::vector<Value>> run(const Graph& g, const std::vector<Value>* frozen = nullptr);

/// A graph of 5 to 60 instructions that `run` accepts.
Graph random_graph(std::uint64_t seed);

/// The smallest graph that it finds for which `fails` still holds, by leaving out instructions.
template <class Fails>
Graph shrink(Graph g, Fails fails);

/// `g` without instruction i, whose readers read its operand instead; nothing where that does not fit.
std::optional<Graph> without(const Graph& g, std::size_t i);
/// `g` without what follows instruction i.
Graph first_part(const Graph& g, std::size_t i);

template <class Fails>
Graph shrink(Graph g, Fails fails) {
  const auto holds = [&](const Graph& smaller) { return run(smaller) && fails(smaller); };
  if (g.halves) {
    Graph whole = g;
    whole.halves = false;
    if (holds(whole)) g = whole;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t n = 1; n < g.code.size() && !changed; ++n)
      if (const Graph smaller = first_part(g, n); holds(smaller)) {
        g = smaller;
        changed = true;
      }
    for (std::size_t i = g.code.size(); i-- > 0;)
      if (const auto smaller = without(g, i); smaller && holds(*smaller)) {
        g = *smaller;
        changed = true;
      }
  }
  return g;
}

}  // namespace fuzz
