#include "xgrad/nn/layers/pooling.hpp"

#include "nn/layers/spatial.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/pool.hpp"
#include "xgrad/ops/reduce.hpp"

namespace xgrad {

namespace {

using detail::as_pair;

class PoolingBody final : public detail::SpatialBody {
 public:
  PoolingBody(const char* class_name, bool largest, int dims, Pair size, PoolingOptions<Pair> o, Loc loc)
      : SpatialBody(class_name, std::move(o.name), dims, o.data_format),
        largest_(largest),
        size_(size),
        strides_(o.strides.value_or(size)),
        padding_(o.padding) {
    check(loc);
  }
  void settings(Settings& s) override {
    detail::pair_setting(s, "pool_size", dims(), size_);
    detail::pair_setting(s, "strides", dims(), strides_);
    detail::padding_setting(s, dims(), padding_);
    format_settings(s);
    check(s.loc());
  }

 protected:
  Var work(const Var& x) override {
    if (pictures()) {
      const Pool2DOptions o{size_, strides_, padding_};
      return largest_ ? max_pool2d(x, o) : avg_pool2d(x, o);
    }
    const Pool1DOptions o{size_.columns, strides_.columns, padding_};
    return largest_ ? max_pool1d(x, o) : avg_pool1d(x, o);
  }

 private:
  void check(Loc loc) const {
    detail::need_at_least(class_name().c_str(), "a pool_size", 1, size_, loc);
    detail::need_at_least(class_name().c_str(), "strides", 1, strides_, loc);
    if (padding_.kind() == Padding::Kind::causal)
      throw ArgError(class_name(), "needs padding 'valid', 'same' or margins; got 'causal'", loc);
  }
  bool largest_;
  Pair size_, strides_;
  Padding padding_;
};

class GlobalPoolingBody final : public detail::SpatialBody {
 public:
  GlobalPoolingBody(const char* class_name, bool largest, int dims, GlobalPoolingOptions o)
      : SpatialBody(class_name, std::move(o.name), dims, o.data_format), largest_(largest), keepdims_(o.keepdims) {}
  void settings(Settings& s) override {
    format_settings(s);
    s("keepdims", keepdims_);
  }

 protected:
  Var work(const Var& x) override {
    const Axes axes = pictures() ? Axes{1, 2} : Axes{1};
    const Var mask = pictures() || largest_ ? Var{} : mask_of(x);
    if (mask.valid()) {  // the mean of the steps that count; NaN where none does
      const Var counts = expand_dims(mask, -1);
      return sum(where(counts, x, 0), axes, keepdims_) / sum(astype(counts, x.dtype()), axes, keepdims_);
    }
    return largest_ ? amax(x, axes, keepdims_) : mean(x, axes, keepdims_);
  }

 private:
  bool largest_, keepdims_;
};

PoolingOptions<Pair> of_pictures(PoolingOptions<std::int64_t> o) {
  PoolingOptions<Pair> p{.padding = o.padding, .data_format = o.data_format, .name = std::move(o.name)};
  if (o.strides) p.strides = as_pair(*o.strides);
  return p;
}
std::shared_ptr<LayerBody> pooling(const char* name, bool largest, int dims, Pair size, PoolingOptions<Pair> o,
                                   Loc loc) {
  return std::make_shared<PoolingBody>(name, largest, dims, size, std::move(o), loc);
}
std::shared_ptr<LayerBody> global(const char* name, bool largest, int dims, GlobalPoolingOptions o) {
  return std::make_shared<GlobalPoolingBody>(name, largest, dims, std::move(o));
}

}  // namespace

MaxPooling1D::MaxPooling1D(std::int64_t size, PoolingOptions<std::int64_t> o, Loc loc)
    : Layer(pooling("MaxPooling1D", true, 1, as_pair(size), of_pictures(std::move(o)), loc)) {}
MaxPooling2D::MaxPooling2D(Pair size, PoolingOptions<Pair> o, Loc loc)
    : Layer(pooling("MaxPooling2D", true, 2, size, std::move(o), loc)) {}
AveragePooling1D::AveragePooling1D(std::int64_t size, PoolingOptions<std::int64_t> o, Loc loc)
    : Layer(pooling("AveragePooling1D", false, 1, as_pair(size), of_pictures(std::move(o)), loc)) {}
AveragePooling2D::AveragePooling2D(Pair size, PoolingOptions<Pair> o, Loc loc)
    : Layer(pooling("AveragePooling2D", false, 2, size, std::move(o), loc)) {}
GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPoolingOptions o)
    : Layer(global("GlobalMaxPooling1D", true, 1, std::move(o))) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalPoolingOptions o)
    : Layer(global("GlobalMaxPooling2D", true, 2, std::move(o))) {}
GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPoolingOptions o)
    : Layer(global("GlobalAveragePooling1D", false, 1, std::move(o))) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalPoolingOptions o)
    : Layer(global("GlobalAveragePooling2D", false, 2, std::move(o))) {}

}  // namespace xgrad
