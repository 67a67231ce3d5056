#include "xgrad/autodiff/gradcheck.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "autodiff/recording.hpp"
#include "xgrad/autodiff/compare_with_numeric.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"

namespace xgrad::detail {

namespace {

/// Draws on a sequence of its own and leaves the thread's as it was.
class OwnRandom {
 public:
  explicit OwnRandom(std::uint64_t seed) : seed_(mode().random_seed), stream_(mode().random_stream) { set_seed(seed); }
  ~OwnRandom() {
    mode().random_seed = seed_;
    mode().random_stream = stream_;
  }

 private:
  std::uint64_t seed_, stream_;
};

/// Weights between ½ and 1, of either sign: none so small that it hides an error.
Array weights(const Shape& shape) {
  Array w = random::uniform(shape, -1, 1, DType::float64);
  for (double& v : std::span(w.mutable_data<double>(), static_cast<std::size_t>(w.size())))
    v = std::copysign(0.5 + 0.5 * std::abs(v), v);
  return w;
}

/// ⟨w, f⟩, differentiated along `directions`, one order each.
Var directional(const Function& f, std::span<const Var> x, const Array& w,
                std::span<const std::vector<Array>> directions) {
  Var h = sum(f(x) * w);
  for (const std::vector<Array>& d : directions) {
    const std::vector<Var> g =
        grad(h, std::vector<Var>(x.begin(), x.end()), {.create_graph = true, .allow_unused = true});
    h = sum(g[0] * d[0]);
    for (std::size_t i = 1; i < g.size(); ++i) h = h + sum(g[i] * d[i]);
  }
  return h;
}

/// The slope at a point from values around it, by fourth order; and whether there is one.
struct Quotient {
  double numeric, left, right;
  bool kink;

  /// Values at steps of −2, −1, 0, 1 and 2; `scale` is what a slope is measured by.
  Quotient(const std::array<double, 5>& f, double step, double scale)
      : numeric((8 * (f[3] - f[1]) - (f[4] - f[0])) / (12 * step)),
        left((f[2] - f[1]) / step),
        right((f[3] - f[2]) / step) {
    // Where f is smooth, slopes of the two sides differ in proportion to the step, and central ones to its square.
    const double bend = std::abs(right - left), wide_bend = std::abs(f[4] - 2 * f[2] + f[0]) / (2 * step);
    const double shift = std::abs((f[4] - f[0]) - 2 * (f[3] - f[1])) / (4 * step);
    kink = (bend > 0.01 * scale && wide_bend < 1.75 * bend) || shift > 0.01 * scale;
  }
};

double worse(double a, double b, double numeric) {
  const double of_a = std::abs(a - numeric), of_b = std::abs(b - numeric);
  return of_b > of_a || (std::isnan(of_b) && !std::isnan(of_a)) ? b : a;
}

Shape place(const Shape& shape, std::int64_t entry) {
  Shape index = shape;
  for (int axis = shape.rank(); axis-- > 0; entry /= shape[axis]) index[axis] = entry % shape[axis];
  return index;
}

/// The derivatives of a function, order by order, each entry analytic and numeric.
class Differences {
 public:
  /// @param plain a result of one element is taken as it is, without a random weight
  Differences(const char* operation, const Function& f, const std::vector<Array>& inputs,
              const GradcheckOptions& options, bool plain, Loc loc)
      : f_(f), inputs_(inputs), options_(options), loc_(loc) {
    if (inputs.empty()) throw ArgError(operation, "needs at least one input; got none", loc);
    if (options.order < 1)
      throw ArgError(operation, "needs an order of at least 1; got " + std::to_string(options.order), loc);
    for (const Array& x : inputs)
      if (x.dtype() != DType::float64)
        throw DTypeError(operation, "needs float64 inputs (astype converts); got " + signature(x), loc);
    Recording recording(loc);
    const Var y = f(recording.variables(inputs, loc));
    if (y.dtype() != DType::float64)
      throw DTypeError(operation, "needs a function that gives float64; got " + signature(y.value()), loc);
    weights_ = plain && y.size() == 1 ? ones_like(y.value()) : weights(y.shape());
  }

  /// The entries of the next order.
  NumericComparison next() {
    if (order_ > 0) {
      std::vector<Array> direction;
      for (const Array& x : inputs_) direction.push_back(weights(x.shape()));
      directions_.push_back(std::move(direction));
    }
    ++order_;
    std::vector<Array> fast, graph;
    {
      Recording recording(loc_);
      const Vars in = recording.variables(inputs_, loc_);
      const std::vector<Var> x(in.begin(), in.end());
      const Var h = directional(f_, x, weights_, directions_);
      if (!h.needs_grad()) {
        for (const Array& a : inputs_) fast.push_back(zeros_like(a));
        graph = fast;
      } else {
        for (const Var& g : grad(h, x, {.create_graph = true, .allow_unused = true})) graph.push_back(g.value());
        for (const Var& g : grad(h, x, {.allow_unused = true})) fast.push_back(g.value());
      }
    }
    NumericComparison result;
    result.tolerance = options_.tolerance;
    for (const Array& g : graph)
      for (double v : g.span<double>())
        result.scale = std::isfinite(v) ? std::max(result.scale, std::abs(v)) : result.scale;
    const double here = value_at(inputs_);
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      for (std::int64_t i = 0; i < inputs_[k].size(); ++i) {
        const double at = inputs_[k].data<double>()[i], step = options_.step * std::max(1.0, std::abs(at));
        const auto moved = [&](double by) {
          std::vector<Array> x = inputs_;
          x[k].mutable_data<double>()[i] = at + by;
          return value_at(x);
        };
        const Quotient q({moved(-2 * step), moved(-step), here, moved(step), moved(2 * step)}, step, result.scale);
        NumericEntry e;
        e.input = k;
        e.index = place(inputs_[k].shape(), i);
        e.numeric = q.numeric;
        e.analytic = worse(fast[k].data<double>()[i], graph[k].data<double>()[i], q.numeric);
        e.difference = e.analytic - e.numeric;
        const double off = std::abs(e.difference) / result.scale;
        e.error = off == 0 ? 0 : std::isfinite(off) ? off / options_.tolerance : INFINITY;
        e.left = q.left;
        e.right = q.right;
        e.kink = q.kink;
        result.entries.push_back(std::move(e));
      }
    std::stable_sort(result.entries.begin(), result.entries.end(),
                     [](const NumericEntry& a, const NumericEntry& b) { return a.error > b.error; });
    return result;
  }

 private:
  double value_at(const std::vector<Array>& x) const {
    Recording recording(loc_);
    return directional(f_, recording.variables(x, loc_), weights_, directions_).item<double>();
  }

  const Function& f_;
  const std::vector<Array>& inputs_;
  const GradcheckOptions& options_;
  Loc loc_;
  Array weights_;
  std::vector<std::vector<Array>> directions_;
  int order_ = 0;
};

std::string figure(const char* format, double x) {
  char text[40];
  std::snprintf(text, sizeof text, format, x);
  return text;
}

}  // namespace

void gradcheck(const Function& f, const std::vector<Array>& inputs, const GradcheckOptions& options, Loc loc) {
  const OwnRandom random(options.seed);
  Differences differences("gradcheck", f, inputs, options, false, loc);
  for (int order = 1; order <= options.order; ++order) {
    const NumericComparison c = differences.next();
    if (c.passed()) continue;
    const NumericEntry& worst = c.entries[0];
    throw GradcheckError("gradcheck",
                         "needs derivatives that agree to " + figure("%g", options.tolerance) +
                             " of the largest; got order " + std::to_string(order) + ", input " +
                             std::to_string(worst.input) + ", entry " + worst.index.to_string() + ": analytic " +
                             figure("%.12g", worst.analytic) + ", numeric " + figure("%.12g", worst.numeric) +
                             ", difference " + figure("%.3g", worst.difference),
                         loc);
  }
}

NumericComparison compare_with_numeric(const Function& f, const std::vector<Array>& inputs,
                                       const GradcheckOptions& options, Loc loc) {
  const OwnRandom random(options.seed);
  Differences differences("compare_with_numeric", f, inputs, options, true, loc);
  for (int order = 1; order < options.order; ++order) differences.next();
  return differences.next();
}

}  // namespace xgrad::detail
