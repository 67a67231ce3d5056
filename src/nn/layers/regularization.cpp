#include "xgrad/nn/layers/regularization.hpp"

#include "xgrad/core/settings.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

class DropoutBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  DropoutBody(double rate, std::string name, Loc loc) : LayerBody("Dropout", std::move(name)), rate_(rate) {
    check(loc);
  }
  Var call(const Var& x) override { return rate_ == 0 ? x : dropout(x, rate_); }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override {
    s("rate", rate_);
    check(s.loc());
  }

 private:
  void check(Loc loc) const {
    if (!(rate_ >= 0 && rate_ <= 1))
      throw ArgError("Dropout", "needs a rate from 0 to 1; got " + std::to_string(rate_), loc);
  }
  double rate_;
};

class GaussianNoiseBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  GaussianNoiseBody(double stddev, std::string name, Loc loc)
      : LayerBody("GaussianNoise", std::move(name)), stddev_(stddev) {
    check(loc);
  }
  Var call(const Var& x) override {
    return detail::mode().training && stddev_ > 0 ? x + random::normal(x.shape(), 0, stddev_, x.dtype()) : x;
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override {
    s("stddev", stddev_);
    check(s.loc());
  }

 private:
  void check(Loc loc) const {
    if (!(stddev_ >= 0))
      throw ArgError("GaussianNoise", "needs a standard deviation of at least 0; got " + std::to_string(stddev_), loc);
  }
  double stddev_;
};

}  // namespace

Dropout::Dropout(double rate, LayerOptions options, Loc loc)
    : Layer(std::make_shared<DropoutBody>(rate, std::move(options.name), loc)) {}
GaussianNoise::GaussianNoise(double stddev, LayerOptions options, Loc loc)
    : Layer(std::make_shared<GaussianNoiseBody>(stddev, std::move(options.name), loc)) {}

}  // namespace xgrad
