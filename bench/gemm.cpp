#include "gemm.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "aligned.hpp"
#include "kernels/gemm.hpp"

namespace bench {
namespace {

using namespace xgrad;
using kernels::Provider;
using std::int64_t;

struct Shape {
  const char* name;
  bool transpose_a, transpose_b;
  int64_t m, n, k;
};
const Shape shapes[] = {
    {"128x512x784", false, false, 128, 512, 784},    // a dense layer
    {"784x512x128_ta", true, false, 784, 512, 128},  // its weights' gradient
    {"128x784x512_tb", false, true, 128, 784, 512},  // its input's gradient
    {"128x10x512", false, false, 128, 10, 512},      // a layer of few outputs
    {"32x512x128", false, false, 32, 512, 128},      // a recurrent step
    {"512x16x10000", false, false, 512, 16, 10000},  // a long, narrow input
    {"1024x1024x1024", false, false, 1024, 1024, 1024},
};

template <class T>
Step product(const Shape& s, const Provider* provider) {
  struct Operands {
    std::vector<T, AlignedAllocator<T>> a, b, c;
  };
  auto x = std::make_shared<Operands>();
  std::mt19937 engine(1);
  std::normal_distribution<T> normal;
  x->a.resize(static_cast<std::size_t>(s.m * s.k));
  x->b.resize(static_cast<std::size_t>(s.k * s.n));
  x->c.resize(static_cast<std::size_t>(s.m * s.n));
  for (auto* v : {&x->a, &x->b})
    for (T& value : *v) value = normal(engine);
  return [s, provider, x] {
    if (provider) {
      kernels::force_provider(*provider);
    } else {
      kernels::choose_provider_by_shape();
    }
    kernels::gemm<T>(s.transpose_a, s.transpose_b, s.m, s.n, s.k, T{1}, x->a.data(), s.transpose_a ? s.m : s.k,
                     x->b.data(), s.transpose_b ? s.k : s.n, T{0}, x->c.data(), s.n);
  };
}

template <class T>
void compare(Report& report, int threads, const std::string& type) {
  static const struct {
    const char* name;
    Provider provider;
  } providers[] = {{"own", Provider::own}, {"openblas", Provider::openblas}, {"onednn", Provider::onednn}};
  for (const Shape& s : shapes) {
    const std::string name = "gemm_" + type + "_" + s.name;
    if (!report.wants(name)) continue;
    for (const auto& p : providers) {
      if (p.provider == Provider::onednn && (type == "f64" || !kernels::has_onednn())) continue;
      report.compare(name, threads, product<T>(s, nullptr), p.name, product<T>(s, &p.provider));
    }
  }
  kernels::choose_provider_by_shape();
}

}  // namespace

void gemm_workloads(Report& report, int threads) {
  compare<float>(report, threads, "f32");
  compare<double>(report, threads, "f64");
}

}  // namespace bench
