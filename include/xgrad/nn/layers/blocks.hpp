#pragma once
/// \file Layers made of layers: branches side by side, and ways around them.

#include <concepts>

#include "xgrad/nn/layers/core.hpp"

namespace xgrad {

namespace detail {
/// A Layer of whatever may stand for one: a layer, or a function of a Var.
template <class L>
Layer as_layer(L&& l) {
  if constexpr (std::derived_from<std::decay_t<L>, Layer>) {
    return Layer(l.body());
  } else {
    return Lambda(std::forward<L>(l));
  }
}
template <class L>
concept LayerLike = std::derived_from<std::decay_t<L>, Layer> || std::is_invocable_r_v<Var, L&, Var>;

Layer make_sum(const std::vector<Layer>& branches);
Layer make_concatenation(const std::vector<Layer>& branches);
Layer make_residual(const std::vector<Layer>& layers);
}  // namespace detail

/// The sum of what its branches make of the same input: `Add{Dense{8}, Sequential{Dense{32, {.activation = relu}},
/// Dense{8}}}`. The results must have one shape.
class Add : public Layer {
 public:
  template <detail::LayerLike... L>
  requires(sizeof...(L) > 1) explicit Add(L&&... branches)
      : Layer(detail::make_sum({detail::as_layer(std::forward<L>(branches))...})) {}
};

/// What its branches make of the same input, side by side along the last axis.
class Concatenate : public Layer {
 public:
  template <detail::LayerLike... L>
  requires(sizeof...(L) > 1) explicit Concatenate(L&&... branches)
      : Layer(detail::make_concatenation({detail::as_layer(std::forward<L>(branches))...})) {}
};

/// x + f(x), with f the layers one after the other: gradients have a way around them.
/// Source: He, Zhang, Ren and Sun 2016, "Deep residual learning".
class Residual : public Layer {
 public:
  template <detail::LayerLike... L>
  requires(sizeof...(L) > 0 &&
           !(sizeof...(L) == 1 && (std::same_as<std::decay_t<L>, Residual> && ...))) explicit Residual(L&&... layers)
      : Layer(detail::make_residual({detail::as_layer(std::forward<L>(layers))...})) {}
};

}  // namespace xgrad
