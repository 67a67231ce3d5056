#pragma once
/// \file Keras 3's table of a model's layers.

#include <string>

#include "xgrad/nn/layer.hpp"

namespace xgrad {

/// How a summary is drawn.
struct SummaryOptions {
  int line_length = 0;                ///< 0: as wide as the terminal allows, at most 88
  std::int64_t optimizer_params = 0;  ///< numbers that an optimizer keeps; counted in the total, as Keras does
  bool expand_nested = false;         ///< the layers inside of layers, too
};

/// The table: name and class, shape of the result, number of weights of each layer; below, how many numbers are trained
/// and how many are not, with their size in memory. Shapes are unknown ("?") before the model is built.
std::string summary(const Layer& model, SummaryOptions options = {});

}  // namespace xgrad
