#include "fuzz_graph.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace fuzz {

namespace {

constexpr const char* names[] = {"sin",         "tanh",         "sigmoid",
                                 "softplus",    "exp",          "log",
                                 "sqrt",        "square",       "abs",
                                 "relu",        "neg",          "scale",
                                 "add",         "subtract",     "multiply",
                                 "divide",      "maximum",      "logaddexp",
                                 "choose",      "sum",          "mean_first",
                                 "sum_last",    "amax_last",    "logsumexp_last",
                                 "cumsum_last", "softmax_last", "log_softmax_last",
                                 "prod_last",   "transpose",    "flatten",
                                 "concat",      "first_row",    "flip_last",
                                 "repeat_up",   "take_rows",    "matmul",
                                 "dense",       "stop",         "custom",
                                 "kept",        "kept_twice",   "wrong"};
static_assert(sizeof names / sizeof *names == static_cast<std::size_t>(Kind::count));

std::int64_t size_of(const Dims& dims) {
  std::int64_t n = 1;
  for (std::int64_t d : dims) n *= d;
  return n;
}

// From kinks, ties and poles; less for a graph whose inputs are moved a little from where it was accepted.
constexpr double whole_margin = 0.02, moved_margin = 0.005;
double margin = whole_margin;
constexpr double largest = 20;     // of any value
constexpr std::int64_t most = 48;  // elements

using Result = std::optional<Value>;

Result map(const Value& a, const std::function<double(double)>& f) {
  Value y = a;
  for (double& x : y.v) x = f(x);
  return y;
}

Result zip(const Value& a, const Value& b, const std::function<double(double, double)>& f) {
  const std::size_t rank = std::max(a.dims.size(), b.dims.size());
  Dims dims(rank);
  const auto extent = [rank](const Value& x, std::size_t axis) {
    const std::size_t lead = rank - x.dims.size();
    return axis < lead ? std::int64_t{1} : x.dims[axis - lead];
  };
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t p = extent(a, i), q = extent(b, i);
    if (p != q && p != 1 && q != 1) return {};
    dims[i] = std::max(p, q);
  }
  if (size_of(dims) > most) return {};
  Value y{dims, std::vector<double>(static_cast<std::size_t>(size_of(dims)))};
  for (std::int64_t i = 0; i < size_of(dims); ++i) {
    std::int64_t rest = i, at_a = 0, at_b = 0, step_a = 1, step_b = 1;
    for (std::size_t axis = rank; axis-- > 0;) {
      const std::int64_t k = rest % dims[axis];
      rest /= dims[axis];
      if (extent(a, axis) != 1) at_a += k * step_a;
      if (extent(b, axis) != 1) at_b += k * step_b;
      step_a *= extent(a, axis);
      step_b *= extent(b, axis);
    }
    y.v[static_cast<std::size_t>(i)] = f(a.v[static_cast<std::size_t>(at_a)], b.v[static_cast<std::size_t>(at_b)]);
  }
  return y;
}

/// f on each row of the last axis: of `out` numbers.
Result rows(const Value& a, bool reduce, const std::function<std::vector<double>(const std::vector<double>&)>& f) {
  if (a.dims.empty()) return {};
  const std::int64_t n = a.dims.back();
  Value y;
  y.dims = a.dims;
  if (reduce) y.dims.pop_back();
  for (std::size_t i = 0; i < a.v.size(); i += static_cast<std::size_t>(n)) {
    const std::vector<double> row(a.v.begin() + static_cast<std::ptrdiff_t>(i),
                                  a.v.begin() + static_cast<std::ptrdiff_t>(i) + n);
    const std::vector<double> r = f(row);
    if (r.empty()) return {};
    y.v.insert(y.v.end(), r.begin(), r.end());
  }
  return y;
}

std::vector<double> softmax(const std::vector<double>& x, bool logarithm) {
  double total = 0;
  for (double v : x) total += std::exp(v);
  std::vector<double> y;
  for (double v : x) y.push_back(logarithm ? v - std::log(total) : std::exp(v) / total);
  return y;
}

Result product(const Value& a, const Value& b) {
  if (a.dims.size() != 2 || b.dims.size() != 2 || a.dims[1] != b.dims[0]) return {};
  const std::int64_t m = a.dims[0], n = b.dims[1], inner = a.dims[1];
  if (m * n > most) return {};
  Value y{{m, n}, std::vector<double>(static_cast<std::size_t>(m * n), 0.0)};
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t k = 0; k < inner; ++k)
        y.v[static_cast<std::size_t>(i * n + j)] +=
            a.v[static_cast<std::size_t>(i * inner + k)] * b.v[static_cast<std::size_t>(k * n + j)];
  return y;
}

bool far_from(const Value& x, double kink) {
  return std::all_of(x.v.begin(), x.v.end(), [kink](double v) { return std::abs(v - kink) > margin; });
}
bool above(const Value& x, double bound) {
  return std::all_of(x.v.begin(), x.v.end(), [bound](double v) { return v > bound; });
}

Result slice_rows(const Value& a, const std::vector<std::int64_t>& which) {
  if (a.dims.empty() || a.dims[0] == 0) return {};
  const std::int64_t row = size_of(a.dims) / a.dims[0];
  Value y{a.dims, {}};
  y.dims[0] = static_cast<std::int64_t>(which.size());
  if (size_of(y.dims) > most) return {};
  for (std::int64_t r : which) y.v.insert(y.v.end(), a.v.begin() + r * row, a.v.begin() + (r + 1) * row);
  return y;
}

Result apply(const Instruction& op, const Value& a, const Value& b) {
  const double c = op.c;
  switch (op.kind) {
    case Kind::sin:
      return map(a, [](double x) { return std::sin(x); });
    case Kind::tanh:
      return map(a, [](double x) { return std::tanh(x); });
    case Kind::sigmoid:
      return map(a, [](double x) { return 1 / (1 + std::exp(-x)); });
    case Kind::softplus:
      return map(a, [](double x) { return std::log(1 + std::exp(x)); });
    case Kind::exp:
      return map(a, [](double x) { return std::exp(x); });
    case Kind::log:
      return above(a, 0.2) ? map(a, [](double x) { return std::log(x); }) : Result{};
    case Kind::sqrt:
      return above(a, 0.2) ? map(a, [](double x) { return std::sqrt(x); }) : Result{};
    case Kind::square:
    case Kind::wrong:
      return map(a, [](double x) { return x * x; });
    case Kind::abs:
      return far_from(a, 0) ? map(a, [](double x) { return std::abs(x); }) : Result{};
    case Kind::relu:
      return far_from(a, 0) ? map(a, [](double x) { return x > 0 ? x : 0; }) : Result{};
    case Kind::neg:
      return map(a, [](double x) { return -x; });
    case Kind::scale:
      return map(a, [c](double x) { return c * x; });
    case Kind::add:
      return zip(a, b, [](double x, double y) { return x + y; });
    case Kind::subtract:
      return zip(a, b, [](double x, double y) { return x - y; });
    case Kind::multiply:
      return zip(a, b, [](double x, double y) { return x * y; });
    case Kind::divide:
      return above(*map(b, [](double x) { return std::abs(x); }), 0.3)
                 ? zip(a, b, [](double x, double y) { return x / y; })
                 : Result{};
    case Kind::maximum: {
      const Result d = zip(a, b, [](double x, double y) { return x - y; });
      return d && far_from(*d, 0) ? zip(a, b, [](double x, double y) { return x > y ? x : y; }) : Result{};
    }
    case Kind::logaddexp:
      return zip(a, b, [](double x, double y) { return std::log(std::exp(x) + std::exp(y)); });
    case Kind::choose:  // where(a > c, b, b / 2)
      return far_from(a, c) ? zip(a, b, [c](double x, double y) { return x > c ? y : 0.5 * y; }) : Result{};
    case Kind::sum: {
      double total = 0;
      for (double x : a.v) total += x;
      return Value{{}, {total}};
    }
    case Kind::mean_first: {
      if (a.dims.empty()) return {};
      Value y{Dims(a.dims.begin() + 1, a.dims.end()), {}};
      y.v.assign(static_cast<std::size_t>(size_of(y.dims)), 0.0);
      for (std::size_t i = 0; i < a.v.size(); ++i) y.v[i % y.v.size()] += a.v[i] / static_cast<double>(a.dims[0]);
      return y;
    }
    case Kind::sum_last: {  // keeps the axis
      Result y = rows(a, false, [](const std::vector<double>& x) {
        double total = 0;
        for (double v : x) total += v;
        return std::vector<double>{total};
      });
      if (y) y->dims.back() = 1;
      return y;
    }
    case Kind::amax_last:
      return rows(a, true, [](std::vector<double> x) {
        std::sort(x.rbegin(), x.rend());
        if (x.size() > 1 && x[0] - x[1] < margin) return std::vector<double>{};
        return std::vector<double>{x[0]};
      });
    case Kind::logsumexp_last:
      return rows(a, true, [](const std::vector<double>& x) {
        double total = 0;
        for (double v : x) total += std::exp(v);
        return std::vector<double>{std::log(total)};
      });
    case Kind::prod_last:
      return rows(a, true, [](const std::vector<double>& x) {
        double total = 1;
        for (double v : x) total *= v;
        return std::vector<double>{total};
      });
    case Kind::cumsum_last:
      return rows(a, false, [](std::vector<double> x) {
        for (std::size_t i = 1; i < x.size(); ++i) x[i] += x[i - 1];
        return x;
      });
    case Kind::flip_last:
      return rows(a, false, [](std::vector<double> x) {
        std::reverse(x.begin(), x.end());
        return x;
      });
    case Kind::softmax_last:
      return rows(a, false, [](const std::vector<double>& x) { return softmax(x, false); });
    case Kind::log_softmax_last:
      return rows(a, false, [](const std::vector<double>& x) { return softmax(x, true); });
    case Kind::transpose: {
      if (a.dims.size() != 2) return {};
      Value y{{a.dims[1], a.dims[0]}, a.v};
      for (std::int64_t i = 0; i < a.dims[0]; ++i)
        for (std::int64_t j = 0; j < a.dims[1]; ++j)
          y.v[static_cast<std::size_t>(j * a.dims[0] + i)] = a.v[static_cast<std::size_t>(i * a.dims[1] + j)];
      return y;
    }
    case Kind::flatten:
      return Value{{size_of(a.dims)}, a.v};
    case Kind::concat: {
      if (a.dims.empty() || a.dims.size() != b.dims.size() ||
          !std::equal(a.dims.begin() + 1, a.dims.end(), b.dims.begin() + 1))
        return {};
      Value y = a;
      y.dims[0] += b.dims[0];
      if (size_of(y.dims) > most) return {};
      y.v.insert(y.v.end(), b.v.begin(), b.v.end());
      return y;
    }
    case Kind::first_row: {
      Result y = slice_rows(a, {0});
      if (y) y->dims.erase(y->dims.begin());
      return y;
    }
    case Kind::repeat_up: {  // broadcast_to [2, …]
      if (a.dims.size() > 2 || 2 * size_of(a.dims) > most) return {};
      Value y = a;
      y.dims.insert(y.dims.begin(), 2);
      y.v.insert(y.v.end(), a.v.begin(), a.v.end());
      return y;
    }
    case Kind::take_rows:
      return a.dims.empty() ? Result{} : slice_rows(a, {a.dims[0] - 1, 0, 0});
    case Kind::matmul:
      return product(a, b);
    case Kind::dense: {  // tanh(a b)
      const Result y = product(a, b);
      return y ? map(*y, [](double x) { return std::tanh(x); }) : Result{};
    }
    case Kind::stop:
      return a;
    case Kind::custom:
      return map(a, [](double x) { return x * x * x / 10; });
    case Kind::kept:        // tanh(a) b + a, broadcasting
    case Kind::kept_twice:  // the same
    {
      const Result t = zip(*map(a, [](double x) { return std::tanh(x); }), b, [](double x, double y) { return x * y; });
      return t ? zip(*t, a, [](double x, double y) { return x + y; }) : Result{};
    }
    case Kind::count:
      break;
  }
  return {};
}

bool sane(const Value& x) {
  return std::all_of(x.v.begin(), x.v.end(), [](double v) { return std::abs(v) < largest; });
}

}  // namespace

const char* name_of(Kind k) { return names[static_cast<std::size_t>(k)]; }

bool reads_two(Kind k) {
  return (k >= Kind::add && k <= Kind::choose) || k == Kind::concat || k == Kind::matmul || k == Kind::dense ||
         k == Kind::kept || k == Kind::kept_twice;
}

std::string Graph::to_string() const {
  std::string text = "seed " + std::to_string(seed) + (halves ? ", the second half in a checkpoint" : "") + "\n";
  const auto dims = [](const Dims& d) {
    std::string s = "[";
    for (std::size_t i = 0; i < d.size(); ++i) s += (i ? "," : "") + std::to_string(d[i]);
    return s + "]";
  };
  for (std::size_t i = 0; i < inputs.size(); ++i)
    text += "  v" + std::to_string(i) + " = input " + dims(inputs[i].dims) + "\n";
  const auto values = run(*this);
  for (std::size_t i = 0; i < code.size(); ++i) {
    const Instruction& op = code[i];
    const std::size_t at = inputs.size() + i;
    text += "  v" + std::to_string(at) + " = " + name_of(op.kind) + "(v" + std::to_string(op.a);
    if (reads_two(op.kind)) text += ", v" + std::to_string(op.b);
    if (op.kind == Kind::scale || op.kind == Kind::choose) text += "; " + std::to_string(op.c);
    text += ")" + (values ? " " + dims((*values)[at].dims) : "") + "\n";
  }
  return text;
}

std::optional<std::vector<Value>> run(const Graph& g, const std::vector<Value>* frozen) {
  std::vector<Value> values = g.inputs;
  margin = frozen ? moved_margin : whole_margin;
  for (const Instruction& op : g.code) {
    if (op.a >= values.size() || op.b >= values.size()) return {};
    Result y = apply(op, values[op.a], values[op.b]);
    if (!y || (!frozen && !sane(*y))) return {};
    if (frozen && op.kind == Kind::stop) y = (*frozen)[values.size()];
    values.push_back(*std::move(y));
  }
  return values;
}

Graph random_graph(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto real = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
  Graph g;
  g.seed = seed;
  g.halves = below(3) == 0;
  for (const Dims& dims : {Dims{2, 3}, Dims{3}, Dims{}, Dims{3, 2}, Dims{2, 1}}) {
    Value x{dims, {}};
    for (std::int64_t i = 0; i < size_of(dims); ++i) x.v.push_back(real(-1.5, 1.5));
    g.inputs.push_back(x);
  }
  const std::size_t length = 5 + below(56);
  std::vector<Value> values = g.inputs;
  margin = whole_margin;
  while (g.code.size() < length) {
    Instruction op{static_cast<Kind>(below(static_cast<std::size_t>(Kind::wrong)))};
    // Mostly of what came lately, so that graphs get deep.
    const auto pick = [&] {
      return below(3) ? values.size() - 1 - below(std::min<std::size_t>(values.size(), 6)) : below(values.size());
    };
    op.a = pick();
    op.b = pick();
    op.c = real(-1.2, 1.2);
    const Result y = apply(op, values[op.a], values[op.b]);
    if (!y || !sane(*y)) continue;
    values.push_back(*y);
    g.code.push_back(op);
  }
  return g;
}

std::optional<Graph> without(const Graph& g, std::size_t i) {
  if (g.code.size() < 2) return {};
  const std::size_t gone = g.inputs.size() + i;
  Graph smaller = g;
  smaller.code.erase(smaller.code.begin() + static_cast<std::ptrdiff_t>(i));
  const std::size_t instead = g.code[i].a;
  for (std::size_t k = i; k < smaller.code.size(); ++k)
    for (std::size_t* operand : {&smaller.code[k].a, &smaller.code[k].b}) {
      if (*operand == gone) {
        *operand = instead;
      } else if (*operand > gone) {
        --*operand;
      }
    }
  return smaller;
}

Graph first_part(const Graph& g, std::size_t n) {
  Graph smaller = g;
  smaller.code.resize(n);
  return smaller;
}

}  // namespace fuzz
