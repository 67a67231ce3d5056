#include "xgrad/nn/layers/reshaping.hpp"

#include <algorithm>

#include "xgrad/core/settings.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

class FlattenBody final : public LayerBody {
 public:
  explicit FlattenBody(std::string name) : LayerBody("Flatten", std::move(name)) {}
  bool converts() const noexcept override { return false; }
  Var call(const Var& x) override { return reshape(x, {x.shape()[0], output_size(x)}); }
  Shape output_shape(const Shape& sample) override { return {sample.size()}; }
  void settings(Settings&) override {}

 private:
  static std::int64_t output_size(const Var& x) {
    std::int64_t size = 1;
    for (int axis = 1; axis < x.rank(); ++axis) size *= x.shape()[axis];
    return size;
  }
};

class ReshapeBody final : public LayerBody {
 public:
  ReshapeBody(const Shape& target, std::string name) : LayerBody("Reshape", std::move(name)), target_(target) {}
  bool converts() const noexcept override { return false; }
  void build(const Shape& sample) override {
    shape_ = Array::empty(sample, DType::boolean).reshape(target_, detail::user_line()).shape();  // finds a −1
  }
  Var call(const Var& x) override {
    Shape to = shape_;
    to.insert(0, x.shape()[0]);
    return reshape(x, to);
  }
  Shape output_shape(const Shape&) override { return shape_; }
  void settings(Settings& s) override { s("target_shape", target_); }

 private:
  Shape target_, shape_;
};

class PermuteBody final : public LayerBody {
 public:
  PermuteBody(std::vector<int> dims, std::string name, Loc loc)
      : LayerBody("Permute", std::move(name)), dims_(std::move(dims)) {
    prepare(loc);
  }
  bool converts() const noexcept override { return false; }
  Var call(const Var& x) override { return transpose(x, order_); }
  void settings(Settings& s) override {
    s("dims", dims_);
    prepare(s.loc());
  }

 private:
  void prepare(Loc loc) {
    std::vector<int> sorted = dims_;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i)
      if (sorted[i] != static_cast<int>(i) + 1)
        throw ArgError("Permute",
                       "needs the axes 1 to " + std::to_string(dims_.size()) + ", each once; got another list", loc);
    order_ = dims_;
    order_.insert(order_.begin(), 0);
  }
  std::vector<int> dims_, order_;
};

class RepeatVectorBody final : public LayerBody {
 public:
  RepeatVectorBody(std::int64_t times, std::string name, Loc loc)
      : LayerBody("RepeatVector", std::move(name)), times_(times) {
    check(loc);
  }
  void settings(Settings& s) override {
    s("n", times_);
    check(s.loc());
  }
  bool converts() const noexcept override { return false; }
  Var call(const Var& x) override {
    if (x.rank() != 2)
      throw ShapeError("RepeatVector",
                       "needs a batch of vectors [n, f] in layer '" + name() + "'; got " + signature(x.value()),
                       detail::user_line());
    return broadcast_to(expand_dims(x, 1), {x.shape()[0], times_, x.shape()[1]});
  }
  Shape output_shape(const Shape& sample) override {
    return sample.rank() == 1 ? Shape{times_, sample[0]} : LayerBody::output_shape(sample);
  }

 private:
  void check(Loc loc) const {
    if (times_ <= 0)
      throw ArgError("RepeatVector", "needs a positive number of times; got " + std::to_string(times_), loc);
  }
  std::int64_t times_;
};

}  // namespace

Flatten::Flatten(LayerOptions options) : Layer(std::make_shared<FlattenBody>(std::move(options.name))) {}
Reshape::Reshape(Shape target, LayerOptions options)
    : Layer(std::make_shared<ReshapeBody>(target, std::move(options.name))) {}
Permute::Permute(std::vector<int> dims, LayerOptions options, Loc loc)
    : Layer(std::make_shared<PermuteBody>(std::move(dims), std::move(options.name), loc)) {}
RepeatVector::RepeatVector(std::int64_t times, LayerOptions options, Loc loc)
    : Layer(std::make_shared<RepeatVectorBody>(times, std::move(options.name), loc)) {}

}  // namespace xgrad
