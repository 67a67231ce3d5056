#include "conv.hpp"

#include <memory>

#include "kernels/conv_providers.hpp"
#include "xgrad/ops/conv.hpp"
#include "xgrad/ops/random.hpp"

namespace bench {
namespace {

using namespace xgrad;
using std::int64_t;

/// Batches of 64 pictures, 3 × 3 unless the name says otherwise: a side, channels and filters.
struct Case {
  const char* name;
  int64_t side, channels, kernel, filters;
  Conv2DOptions options = {};
};
const Case cases[] = {
    {"conv_28x1_32", 28, 1, 3, 32},
    {"conv_13x32_64", 13, 32, 3, 64},
    {"conv_16x64_64", 16, 64, 3, 64, {.padding = "same"}},
    {"conv_5x64_64", 5, 64, 3, 64},
    {"conv_1x1", 14, 64, 1, 128},
    {"conv_depthwise", 28, 64, 3, 64, {.padding = "same", .groups = 64}},
};
const char* const passes[] = {"", "_dw", "_dx"};

using kernels::ConvProvider;

/// The same step on one provider; null: on the fastest.
Step on(Step step, const ConvProvider* provider) {
  return [step = std::move(step), provider] {
    if (provider) {
      kernels::force_conv_provider(*provider);
    } else {
      kernels::choose_conv_provider_by_shape();
    }
    step();
  };
}

Step step_of(const Case& c, const std::string& pass) {
  struct Operands {
    Array x, w, g;
    Conv2DOptions options;
  };
  auto o = std::make_shared<Operands>();
  o->options = c.options;
  o->x = random::normal({64, c.side, c.side, c.channels});
  o->w = random::normal({c.kernel, c.kernel, c.channels / c.options.groups, c.filters});
  o->g = random::normal(conv2d(o->x, o->w, c.options).shape());
  if (pass == "_dw") return [o] { conv2d_kernel(o->x, o->g, o->w.shape(), o->options); };
  if (pass == "_dx") return [o] { conv2d_input(o->g, o->w, o->x.shape(), o->options); };
  return [o] { conv2d(o->x, o->w, o->options); };
}

}  // namespace

Step conv_step(const std::string& name) {
  for (const Case& c : cases) {
    for (const char* pass : passes)
      if (name == std::string(c.name) + pass) return step_of(c, pass);
  }
  return {};
}

void conv_workloads(Report& report, int threads) {
  static const ConvProvider own = ConvProvider::own, onednn = ConvProvider::onednn;
  for (const Case& c : cases) {
    for (const char* pass : passes) {
      const std::string name = std::string(c.name) + pass;
      if (!report.wants(name)) continue;
      const Step step = step_of(c, pass);
      report.compare(name, threads, on(step, nullptr), "own", on(step, &own));
      if (kernels::has_onednn_conv()) report.compare(name, threads, on(step, nullptr), "onednn", on(step, &onednn));
    }
  }
  kernels::choose_conv_provider_by_shape();
}

}  // namespace bench
