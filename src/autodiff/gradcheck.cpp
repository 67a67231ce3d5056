#include "xgrad/autodiff/gradcheck.hpp"

#include <cmath>
#include <cstdio>

#include "autodiff/recording.hpp"
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

struct Worst {
  double excess = -1, analytic = 0, numeric = 0;
  std::size_t input = 0;
  std::int64_t entry = 0;
};

std::string place(const Shape& shape, std::int64_t entry) {
  Shape index = shape;
  for (int axis = shape.rank(); axis-- > 0; entry /= shape[axis]) index[axis] = entry % shape[axis];
  return index.to_string();
}

}  // namespace

void gradcheck(const Function& f, const std::vector<Array>& inputs, const GradcheckOptions& options, Loc loc) {
  if (inputs.empty()) throw ArgError("gradcheck", "needs at least one input; got none", loc);
  if (options.order < 1)
    throw ArgError("gradcheck", "needs an order of at least 1; got " + std::to_string(options.order), loc);
  for (const Array& x : inputs)
    if (x.dtype() != DType::float64)
      throw DTypeError("gradcheck", "needs float64 inputs (astype converts); got " + signature(x), loc);
  const OwnRandom random(options.seed);
  const auto value_at = [&](const std::vector<Array>& x, const Array& w,
                            std::span<const std::vector<Array>> directions) {
    Recording recording(loc);
    return directional(f, recording.variables(x, loc), w, directions).item<double>();
  };
  Array w;
  {
    Recording recording(loc);
    const Var y = f(recording.variables(inputs, loc));
    if (y.dtype() != DType::float64)
      throw DTypeError("gradcheck", "needs a function that gives float64; got " + signature(y.value()), loc);
    w = weights(y.shape());
  }
  std::vector<std::vector<Array>> directions;
  for (int order = 1; order <= options.order; ++order) {
    std::vector<Array> fast, graph;
    {
      Recording recording(loc);
      const Vars in = recording.variables(inputs, loc);
      const std::vector<Var> x(in.begin(), in.end());
      const Var h = directional(f, x, w, directions);
      if (!h.needs_grad()) {
        for (const Array& a : inputs) fast.push_back(zeros_like(a));
        graph = fast;
      } else {
        for (const Var& g : grad(h, x, {.create_graph = true, .allow_unused = true})) graph.push_back(g.value());
        for (const Var& g : grad(h, x, {.allow_unused = true})) fast.push_back(g.value());
      }
    }
    Worst worst;
    double largest = 1;
    for (const Array& g : graph)
      for (double v : g.span<double>()) largest = std::isfinite(v) ? std::max(largest, std::abs(v)) : largest;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      for (std::int64_t i = 0; i < inputs[k].size(); ++i) {
        const double at = inputs[k].data<double>()[i], step = options.step * std::max(1.0, std::abs(at));
        const auto moved = [&](double by) {
          std::vector<Array> x = inputs;
          x[k].mutable_data<double>()[i] = at + by;
          return value_at(x, w, directions);
        };
        const double numeric = (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step);
        for (const std::vector<Array>* g : {&fast, &graph}) {
          const double analytic = (*g)[k].data<double>()[i], difference = std::abs(analytic - numeric);
          const double excess = std::isfinite(difference) ? difference / largest : INFINITY;
          if (excess > worst.excess) worst = {excess, analytic, numeric, k, i};
        }
      }
    }
    if (worst.excess > options.tolerance) {
      char tolerance[40], numbers[160];
      std::snprintf(tolerance, sizeof tolerance, "%g", options.tolerance);
      std::snprintf(numbers, sizeof numbers, "analytic %.12g, numeric %.12g, difference %.3g", worst.analytic,
                    worst.numeric, worst.analytic - worst.numeric);
      throw GradcheckError("gradcheck",
                           "needs derivatives that agree to " + std::string(tolerance) + " of the largest; got order " +
                               std::to_string(order) + ", input " + std::to_string(worst.input) + ", entry " +
                               place(inputs[worst.input].shape(), worst.entry) + ": " + numbers,
                           loc);
    }
    std::vector<Array> next;
    for (const Array& x : inputs) next.push_back(weights(x.shape()));
    directions.push_back(std::move(next));
  }
}

}  // namespace xgrad::detail
