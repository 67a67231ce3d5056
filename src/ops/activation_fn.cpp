#include "xgrad/ops/activation_fn.hpp"

#include <algorithm>
#include <array>

#include "core/near.hpp"
#include "xgrad/core/settings.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/softmax.hpp"

namespace xgrad {

namespace {

using Function = Var (*)(Arg);
struct Named {
  std::string_view name;
  Function function;  // null: the identity
};
// The first name of a function is the one it goes by.
const std::array activations{
    Named{"linear", nullptr},
    Named{"relu", relu},
    Named{"sigmoid", sigmoid},
    Named{"tanh", tanh},
    Named{"softmax", softmax},
    Named{"log_softmax", log_softmax},
    Named{"elu", elu},
    Named{"selu", selu},
    Named{"gelu", gelu},
    Named{"silu", silu},
    Named{"swish", silu},
    Named{"mish", mish},
    Named{"softplus", softplus},
    Named{"softsign", softsign},
    Named{"leaky_relu", leaky_relu},
    Named{"hard_sigmoid", hard_sigmoid},
    Named{"hard_silu", hard_silu},
    Named{"hard_swish", hard_silu},
    Named{"log_sigmoid", log_sigmoid},
    Named{"exponential", exp},
    Named{"celu", celu},
    Named{"glu", glu},
    Named{"hard_shrink", hard_shrink},
    Named{"hard_tanh", hard_tanh},
    Named{"relu6", relu6},
    Named{"soft_shrink", soft_shrink},
    Named{"sparse_plus", sparse_plus},
    Named{"sparse_sigmoid", sparse_sigmoid},
    Named{"sparsemax", sparsemax},
    Named{"squareplus", squareplus},
    Named{"tanh_shrink", tanh_shrink},
};

}  // namespace

ActivationFn::ActivationFn(std::string_view name, Loc loc) {
  const std::string wanted = detail::folded(name);
  for (const Named& a : activations)
    if (detail::folded(a.name) == wanted) {
      function_ = a.function;
      return;
    }
  std::array<std::string_view, activations.size()> names;
  for (std::size_t i = 0; i < activations.size(); ++i) names[i] = activations[i].name;
  throw ArgError("activation",
                 "needs the name of an activation; got '" + std::string(name) + "'" + detail::near_matches(name, names),
                 loc);
}

std::string ActivationFn::name() const {
  if (callable_) return "lambda";
  for (const Named& a : activations)
    if (a.function == function_) return std::string(a.name);
  return "function";
}

bool ActivationFn::keeps_shape() const noexcept {
  if (callable_ || function_ == static_cast<Function>(glu)) return false;
  return std::any_of(activations.begin(), activations.end(), [&](const Named& a) { return a.function == function_; });
}

void ActivationFn::settings(Settings& s) {
  if (s.reading()) {
    *this = ActivationFn(s.kind(), s.loc());
    return;
  }
  const std::string named = name();
  if (callable_ || named == "function") s.refuse("an activation of the library", "a function of your own");
  s.kind(named);
}

Var ActivationFn::operator()(Arg x) const {
  if (function_) return function_(std::move(x));
  const Var v = operators::operator+(std::move(x));
  return callable_ ? (*callable_)(v) : v;
}

}  // namespace xgrad
