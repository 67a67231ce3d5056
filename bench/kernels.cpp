#include "kernels.hpp"

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "aligned.hpp"
#include "floor/loops.hpp"
#include "kernels/broadcast.hpp"
#include "kernels/dense.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/optimizer.hpp"
#include "kernels/reduce.hpp"
#include "kernels/softmax.hpp"
#include "kernels/sparse.hpp"

namespace bench {
namespace {

using namespace xgrad;
using kernels::Binary;
using kernels::Unary;
using std::int64_t;

/// Operands of up to n numbers: a in (−1, 1), b in (0.1, 2), and room for results; aligned as Arrays are.
struct Memory {
  Floats a, b, y, z, u;
  std::vector<std::uint8_t> mask;
  explicit Memory(int64_t n) : mask(static_cast<std::size_t>(n)) {
    std::mt19937 engine(1);
    std::uniform_real_distribution<float> spread(-1, 1), positive(0.1f, 2);
    for (auto* v : {&a, &b, &y, &z, &u}) v->resize(static_cast<std::size_t>(n));
    for (float& x : a) x = spread(engine);
    for (float& x : b) x = positive(engine);
    for (auto& m : mask) m = engine() % 2;
  }
};

constexpr int64_t kRow = 128;  // broadcasts, reductions by axis, softmax: (n / 128, 128)

struct Pair {
  const char* name;
  void (*ours)(Memory& m, int64_t n);
  void (*loop)(Memory& m, int64_t n);
};

/// Over an (n / 128, 128) array.
void reduce(kernels::Reduce f, std::uint32_t axes, Memory& m, int64_t n) {
  const int64_t shape[] = {n / kRow, kRow};
  kernels::reduce(f, shape, 2, axes, m.a.data(), m.y.data());
}

template <Unary f, auto loop>
constexpr Pair unary(const char* name) {
  return {name, [](Memory& m, int64_t n) { kernels::unary(f, n, m.b.data(), m.y.data()); },
          [](Memory& m, int64_t n) { loop(n, m.b.data(), m.y.data()); }};
}

const Pair flat[] = {
    {"add", [](Memory& m, int64_t n) { kernels::binary(Binary::add, n, m.a.data(), 1, m.b.data(), 1, m.y.data()); },
     [](Memory& m, int64_t n) { loops::add(n, m.a.data(), m.b.data(), m.y.data()); }},
    {"multiply_by",
     [](Memory& m, int64_t n) { kernels::binary(Binary::mul, n, m.a.data(), 1, m.b.data(), 0, m.y.data()); },
     [](Memory& m, int64_t n) { loops::multiply_by(n, m.a.data(), m.b[0], m.y.data()); }},
    {"divide", [](Memory& m, int64_t n) { kernels::binary(Binary::div, n, m.a.data(), 1, m.b.data(), 1, m.y.data()); },
     [](Memory& m, int64_t n) { loops::divide(n, m.a.data(), m.b.data(), m.y.data()); }},
    unary<Unary::relu, loops::relu>("relu"),
    unary<Unary::sqrt, loops::square_root>("sqrt"),
    {"exp", [](Memory& m, int64_t n) { kernels::unary(Unary::exp, n, m.a.data(), m.y.data()); },
     [](Memory& m, int64_t n) { loops::exponential(n, m.a.data(), m.y.data()); }},
    {"tanh", [](Memory& m, int64_t n) { kernels::unary(Unary::tanh, n, m.a.data(), m.y.data()); },
     [](Memory& m, int64_t n) { loops::tanh(n, m.a.data(), m.y.data()); }},
    unary<Unary::log, loops::log>("log"),
    {"clip", [](Memory& m, int64_t n) { kernels::clip(n, m.a.data(), -0.5f, 0.5f, m.y.data()); },
     [](Memory& m, int64_t n) { loops::clip(n, m.a.data(), m.y.data()); }},
    {"less",
     [](Memory& m, int64_t n) {
       kernels::compare(kernels::Compare::lt, n, m.a.data(), 1, m.b.data(), 1, m.mask.data());
     },
     [](Memory& m, int64_t n) { loops::less(n, m.a.data(), m.b.data(), m.mask.data()); }},
    {"where",
     [](Memory& m, int64_t n) { kernels::where(n, m.mask.data(), 1, m.a.data(), 1, m.b.data(), 1, m.y.data()); },
     [](Memory& m, int64_t n) { loops::where(n, m.mask.data(), m.a.data(), m.b.data(), m.y.data()); }},
    {"add_row",
     [](Memory& m, int64_t n) {
       const int64_t x[] = {n / kRow, kRow}, row[] = {kRow};
       kernels::binary_broadcast(Binary::add, x, row, m.a.data(), m.b.data(), m.y.data());
     },
     [](Memory& m, int64_t n) { loops::add_row(n / kRow, kRow, m.a.data(), m.b.data(), m.y.data()); }},
    {"multiply_column",
     [](Memory& m, int64_t n) {
       const int64_t x[] = {n / kRow, kRow}, column[] = {n / kRow, 1};
       kernels::binary_broadcast(Binary::mul, x, column, m.a.data(), m.b.data(), m.y.data());
     },
     [](Memory& m, int64_t n) { loops::multiply_column(n / kRow, kRow, m.a.data(), m.b.data(), m.y.data()); }},
    {"repeat_column",
     [](Memory& m, int64_t n) {
       const int64_t column[] = {n / kRow, 1}, y[] = {n / kRow, kRow};
       kernels::broadcast_copy<float>(column, y, m.a.data(), m.y.data());
     },
     [](Memory& m, int64_t n) { loops::repeat(n / kRow, kRow, m.a.data(), m.y.data()); }},
    {"sum", [](Memory& m, int64_t n) { reduce(kernels::Reduce::sum, 3, m, n); },
     [](Memory& m, int64_t n) { m.y[0] = loops::sum(n, m.a.data()); }},
    {"sum_axis0", [](Memory& m, int64_t n) { reduce(kernels::Reduce::sum, 1, m, n); },
     [](Memory& m, int64_t n) { loops::sum_rows(n / kRow, kRow, m.a.data(), m.y.data()); }},
    {"sum_axis1", [](Memory& m, int64_t n) { reduce(kernels::Reduce::sum, 2, m, n); },
     [](Memory& m, int64_t n) { loops::sum_columns(n / kRow, kRow, m.a.data(), m.y.data()); }},
    {"amax", [](Memory& m, int64_t n) { reduce(kernels::Reduce::amax, 3, m, n); },
     [](Memory& m, int64_t n) { m.y[0] = loops::largest(n, m.a.data()); }},
    {"softmax", [](Memory& m, int64_t n) { kernels::softmax(n / kRow, kRow, m.a.data(), m.y.data()); },
     [](Memory& m, int64_t n) { loops::softmax(n / kRow, kRow, m.a.data(), m.y.data()); }},
};

/// 512 rows of 120 ones among 10,000 columns, as of reviews by words.
struct MultiHot {
  std::vector<int64_t> row_ptr{0}, col;
  MultiHot() {
    std::mt19937 engine(2);
    for (int row = 0; row < 512; ++row) {
      for (int64_t e = 0; e < 120; ++e) col.push_back(e * 83 + static_cast<int64_t>(engine() % 83));
      row_ptr.push_back(static_cast<int64_t>(col.size()));
    }
  }
};

void fused(Report& report, int threads) {
  const auto compare = [&](const std::string& label, const Step& ours, const Step& loop) {
    const std::string name = "kernel_" + label;
    if (report.wants(name)) report.compare(name, threads, ours, "loop", loop);
  };
  Memory m(784 * 512);
  const int64_t rows = 128, n = 512, weights = 784 * 512;
  float *a = m.a.data(), *b = m.b.data(), *y = m.y.data(), *z = m.z.data(), *u = m.u.data();
  compare(
      "bias_relu_128x512", [=] { kernels::bias_activation(rows, n, b, kernels::Act::relu, y); },
      [=] { loops::bias_relu(rows, n, b, y); });
  compare(
      "relu_gradient_128x512", [=] { kernels::activation_vjp_bias(rows, n, kernels::Act::relu, a, y, z, u, false); },
      [=] { loops::relu_gradient(rows, n, a, y, z, u); });
  compare(
      "rmsprop_401k",
      [=] {
        kernels::rmsprop<float>(weights, y, a, b, nullptr, nullptr,
                                {.learning_rate = 1e-3, .rho = 0.9, .epsilon = 1e-7});
      },
      [=] { loops::rmsprop(weights, y, a, b); });
  compare(
      "adam_401k",
      [=] {
        kernels::adam<float>(weights, y, a, z, b, nullptr,
                             {.learning_rate = 1e-3, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7, .step = 100});
      },
      [=] { loops::adam(weights, y, a, z, b); });
  compare(
      "momentum_401k", [=] { kernels::sgd<float>(weights, y, a, z, {.learning_rate = 1e-2, .momentum = 0.9}); },
      [=] { loops::momentum(weights, y, a, z); });
  const kernels::AdamRule adam{.learning_rate = 1e-3, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7, .step = 100};
  compare(
      "adamax_401k", [=] { kernels::adamax<float>(weights, y, a, z, b, adam); },
      [=] { loops::adamax(weights, y, a, z, b); });
  compare(
      "nadam_401k",
      [=] {
        kernels::nadam<float>(weights, y, a, z, b,
                              {.learning_rate = 1e-3,
                               .for_mean = 0.9,
                               .for_gradient = 0.1,
                               .for_square = 1.1,
                               .beta_1 = 0.9,
                               .beta_2 = 0.999,
                               .epsilon = 1e-7});
      },
      [=] { loops::nadam(weights, y, a, z, b); });
  compare(
      "adagrad_401k", [=] { kernels::adagrad<float>(weights, y, a, b, {.learning_rate = 1e-3, .epsilon = 1e-7}); },
      [=] { loops::adagrad(weights, y, a, b); });
  compare(
      "adadelta_401k",
      [=] { kernels::adadelta<float>(weights, y, a, b, u, {.learning_rate = 1e-3, .rho = 0.95, .epsilon = 1e-7}); },
      [=] { loops::adadelta(weights, y, a, b, u); });
  compare(
      "lion_401k",
      [=] { kernels::lion<float>(weights, y, a, z, {.learning_rate = 1e-3, .beta_1 = 0.9, .beta_2 = 0.99}); },
      [=] { loops::lion(weights, y, a, z); });
  const MultiHot s;
  const int64_t *row_ptr = s.row_ptr.data(), *col = s.col.data();
  compare(
      "gather_sum_16", [=] { kernels::spmm<float>(512, 10000, 16, row_ptr, col, nullptr, a, y); },
      [=] { loops::gather_sum(512, 16, row_ptr, col, a, y); });
  compare(
      "scatter_add_16", [=] { kernels::spmm_t<float>(512, 10000, 16, row_ptr, col, nullptr, a, y); },
      [=] { loops::scatter_add(512, 10000, 16, row_ptr, col, a, y); });
}

}  // namespace

void kernel_workloads(Report& report, int threads) {
  if (threads == 1) {
    const auto memory = std::make_shared<Memory>(1 << 20);
    for (const Pair& pair : flat) {
      for (auto [suffix, n] : {std::pair<const char*, int64_t>{"_1k", 256}, {"_64k", 16 << 10}, {"_4m", 1 << 20}}) {
        const std::string name = std::string("kernel_") + pair.name + suffix;
        if (!report.wants(name)) continue;
        const int64_t count = n;
        report.compare(
            name, threads, [&pair, memory, count] { pair.ours(*memory, count); }, "loop",
            [&pair, memory, count] { pair.loop(*memory, count); });
      }
    }
  }
  fused(report, threads);
}

}  // namespace bench
