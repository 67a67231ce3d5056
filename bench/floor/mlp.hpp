#pragma once
// The floor: a training step scheduled by hand, on raw buffers, with the same matrix products and nothing else of the
// library.

#include <cstdint>
#include <functional>
#include <vector>

namespace bench::floor {

enum class Hidden { relu, tanh };
enum class Loss { cross_entropy, squared_error };
enum class Rule { sgd, rmsprop, adam };

/// One training step of a multilayer perceptron on random data.
std::function<void()> mlp_step(std::vector<std::int64_t> sizes, std::int64_t batch, Hidden hidden, Loss loss,
                               Rule rule);

/// The Hessian-vector product of input-hidden-classes with tanh and cross-entropy: forward over reverse, as one would
/// write it by hand.
std::function<void()> hvp_step(std::int64_t inputs, std::int64_t hidden, std::int64_t classes, std::int64_t batch);

/// y = y x on one number, 200 times, and the gradient back, in a plain loop over an array of nodes.
std::function<void()> scalar_chain();

}  // namespace bench::floor
