#pragma once
/// \file Batches, and where they come from when they are not rows of arrays.

#include <cstdint>
#include <functional>
#include <optional>

#include "xgrad/train/samples.hpp"

namespace xgrad {

/// Samples, their targets, and how much each counts.
struct Batch {
  Samples x = {};
  Array y = zeros({0});
  Array sample_weight = zeros({0});  ///< empty: all count alike
};

/// Batches that are made as they are needed: read from files, drawn, augmented.
///
/// ```cpp
/// BatchSource source = [&](int epoch, std::int64_t step) -> std::optional<Batch> {
///   if (step == files.size()) return std::nullopt;                  // the epoch is over
///   return read_batch(files[step]);
/// };
/// model.fit(source, {.epochs = 10});
/// ```
/// `fit` calls it on a thread of its own, in order, and keeps a few batches ready (`FitOptions::max_queue_size`), so
/// that reading and training overlap. That thread's random numbers follow from those of the caller: the same seed gives
/// the same batches. What it throws, `fit` throws.
using BatchSource = std::function<std::optional<Batch>(int epoch, std::int64_t step)>;

}  // namespace xgrad
