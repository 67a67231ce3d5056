#pragma once
// What a compiled model keeps, and one pass over batches.

#include "train/progress.hpp"
#include "xgrad/tape/tape.hpp"
#include "xgrad/train/model.hpp"

namespace xgrad {

struct Model::State {
  bool compiled = false;
  Optimizer optimizer = "rmsprop";
  Loss loss;
  std::vector<Metric> metrics;
  History history;
  Tape tape;

  // Of the layers, as they stand when a pass begins.
  Parameters trained;
  bool penalised = false, constrained = false;

  // The loss of an epoch, each batch counted by its samples.
  double loss_sum = 0, loss_count = 0;
};

namespace detail {

/// A batch on its way through a model.
struct Batch {
  Samples x;
  Array y, weight = zeros({0});
};

/// Weights of samples from the user's and from those of classes; empty where all count alike.
/// @throws ShapeError, ArgError
Array sample_weights(const char* operation, const Array& y, const Array& given,
                     const std::map<std::int64_t, double>& of_classes, Loc loc);

}  // namespace detail

}  // namespace xgrad
