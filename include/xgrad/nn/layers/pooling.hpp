#pragma once
/// \file Layers that pool windows of series (1D) and pictures (2D), or the whole of them.
///
/// Batches are [n, steps, c] and [n, h, w, c], or with `data_format = "channels_first"` [n, c, steps] and [n, c, h, w].
/// Names and defaults are Keras's (`layers/pooling/`).

#include <optional>

#include "xgrad/nn/layer.hpp"
#include "xgrad/nn/layers/data_format.hpp"
#include "xgrad/ops/window.hpp"

namespace xgrad {

/// What a pooling layer is made of besides the size of its windows. Extent: std::int64_t (1D) or Pair (2D).
template <class Extent>
struct PoolingOptions {
  std::optional<Extent> strides = {};  ///< the size of the windows where none are given
  Padding padding = {};
  DataFormat data_format = {};
  std::string name = "";
};

/// The largest of each window; see `max_pool1d`.
class MaxPooling1D : public Layer {
 public:
  /// @throws ArgError unless size and strides are positive
  explicit MaxPooling1D(std::int64_t pool_size = 2, PoolingOptions<std::int64_t> options = {},
                        Loc loc = Loc::current());
};
/// The largest of each window; see `max_pool2d`.
class MaxPooling2D : public Layer {
 public:
  explicit MaxPooling2D(Pair pool_size = 2, PoolingOptions<Pair> options = {}, Loc loc = Loc::current());
};
/// The mean of each window; see `avg_pool1d`.
class AveragePooling1D : public Layer {
 public:
  explicit AveragePooling1D(std::int64_t pool_size, PoolingOptions<std::int64_t> options = {},
                            Loc loc = Loc::current());
};
/// The mean of each window; see `avg_pool2d`.
class AveragePooling2D : public Layer {
 public:
  explicit AveragePooling2D(Pair pool_size, PoolingOptions<Pair> options = {}, Loc loc = Loc::current());
};

/// What a layer that pools everything is made of.
struct GlobalPoolingOptions {
  DataFormat data_format = {};
  bool keepdims = false;  ///< the pooled axes stay, with extent 1
  std::string name = "";
};

/// The largest of each channel: [n, c].
class GlobalMaxPooling1D : public Layer {
 public:
  explicit GlobalMaxPooling1D(GlobalPoolingOptions options = {});
};
/// The largest of each channel: [n, c].
class GlobalMaxPooling2D : public Layer {
 public:
  explicit GlobalMaxPooling2D(GlobalPoolingOptions options = {});
};
/// The mean of each channel over the steps that count, all of them where no mask travels with the batch: [n, c].
class GlobalAveragePooling1D : public Layer {
 public:
  explicit GlobalAveragePooling1D(GlobalPoolingOptions options = {});
};
/// The mean of each channel: [n, c].
class GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalPoolingOptions options = {});
};

}  // namespace xgrad
