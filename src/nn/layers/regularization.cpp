#include "xgrad/nn/layers/regularization.hpp"

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

class DropoutBody final : public LayerBody {
 public:
  DropoutBody(double rate, std::string name) : LayerBody("Dropout", std::move(name)), rate_(rate) {}
  Var call(const Var& x) override { return rate_ == 0 ? x : dropout(x, rate_); }
  Shape output_shape(const Shape& sample) override { return sample; }

 private:
  double rate_;
};

class GaussianNoiseBody final : public LayerBody {
 public:
  GaussianNoiseBody(double stddev, std::string name) : LayerBody("GaussianNoise", std::move(name)), stddev_(stddev) {}
  Var call(const Var& x) override {
    return detail::mode().training && stddev_ > 0 ? x + random::normal(x.shape(), 0, stddev_, x.dtype()) : x;
  }
  Shape output_shape(const Shape& sample) override { return sample; }

 private:
  double stddev_;
};

}  // namespace

Dropout::Dropout(double rate, LayerOptions options, Loc loc)
    : Layer(std::make_shared<DropoutBody>(rate, std::move(options.name))) {
  if (!(rate >= 0 && rate <= 1))
    throw ArgError("Dropout", "needs a rate from 0 to 1; got " + std::to_string(rate), loc);
}
GaussianNoise::GaussianNoise(double stddev, LayerOptions options, Loc loc)
    : Layer(std::make_shared<GaussianNoiseBody>(stddev, std::move(options.name))) {
  if (!(stddev >= 0))
    throw ArgError("GaussianNoise", "needs a standard deviation of at least 0; got " + std::to_string(stddev), loc);
}

}  // namespace xgrad
