#pragma once
/// \file Layers that make series (1D) and pictures (2D) larger or smaller: margins, cuts, repetition.
///
/// Names and defaults are Keras's (`layers/reshaping/`).

#include "xgrad/nn/layer.hpp"
#include "xgrad/nn/layers/data_format.hpp"
#include "xgrad/ops/window.hpp"

namespace xgrad {

/// For layers on pictures or series that have nothing else to set.
struct ResizingOptions {
  DataFormat data_format = {};
  std::string name = "";
};

/// Zeros before and behind the steps of [n, steps, c].
class ZeroPadding1D : public Layer {
 public:
  /// @throws ArgError for negative widths
  explicit ZeroPadding1D(std::int64_t padding = 1, ResizingOptions options = {}, Loc loc = Loc::current());
  explicit ZeroPadding1D(Margin padding, ResizingOptions options = {}, Loc loc = Loc::current());
};
/// Zeros around pictures: as many rows above as below and columns at the left as at the right, or each for itself.
class ZeroPadding2D : public Layer {
 public:
  explicit ZeroPadding2D(Pair padding = 1, ResizingOptions options = {}, Loc loc = Loc::current());
  ZeroPadding2D(Margin rows, Margin columns, ResizingOptions options = {}, Loc loc = Loc::current());
};
/// [n, steps, c] without its first and last steps.
class Cropping1D : public Layer {
 public:
  /// @throws ArgError for negative widths; calls throw ShapeError where nothing is left
  explicit Cropping1D(std::int64_t cropping = 1, ResizingOptions options = {}, Loc loc = Loc::current());
  explicit Cropping1D(Margin cropping, ResizingOptions options = {}, Loc loc = Loc::current());
};
/// Pictures without their outer rows and columns.
class Cropping2D : public Layer {
 public:
  explicit Cropping2D(Pair cropping = 0, ResizingOptions options = {}, Loc loc = Loc::current());
  Cropping2D(Margin rows, Margin columns, ResizingOptions options = {}, Loc loc = Loc::current());
};
/// Each step `size` times.
class UpSampling1D : public Layer {
 public:
  /// @throws ArgError unless size is positive
  explicit UpSampling1D(std::int64_t size = 2, ResizingOptions options = {}, Loc loc = Loc::current());
};
/// Each row and column so many times: the nearest of the smaller picture.
class UpSampling2D : public Layer {
 public:
  explicit UpSampling2D(Pair size = 2, ResizingOptions options = {}, Loc loc = Loc::current());
};

}  // namespace xgrad
