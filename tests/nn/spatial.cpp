// Layers on series and pictures, besides their numbers: shapes, weights, and what they refuse.

#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/nn/layers.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/tape/mode.hpp"

using namespace xgrad;

namespace {

void has_weights(const Layer& layer, const Shape& sample, const std::vector<std::pair<const char*, Shape>>& wanted) {
  layer.build(sample);
  REQUIRE(layer.weights().size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(layer.weights()[i].name() == layer.name() + "/" + wanted[i].first);
    CHECK(layer.weights()[i].shape() == wanted[i].second);
  }
}

}  // namespace

TEST_CASE("weights of convolutions have Keras's names, order and shapes") {
  has_weights(Conv1D(6, 3, {.groups = 2}), {9, 4}, {{"kernel", {3, 2, 6}}, {"bias", {6}}});
  has_weights(Conv2D(6, {3, 2}, {.use_bias = false}), {9, 9, 4}, {{"kernel", {3, 2, 4, 6}}});
  has_weights(Conv2D(6, 3, {.data_format = "channels_first"}), {4, 9, 9}, {{"kernel", {3, 3, 4, 6}}, {"bias", {6}}});
  has_weights(Conv1DTranspose(6, 3), {9, 4}, {{"kernel", {3, 6, 4}}, {"bias", {6}}});
  has_weights(Conv2DTranspose(6, {3, 2}), {9, 9, 4}, {{"kernel", {3, 2, 6, 4}}, {"bias", {6}}});
  has_weights(DepthwiseConv1D(3, {.depth_multiplier = 2}), {9, 4}, {{"kernel", {3, 4, 2}}, {"bias", {8}}});
  has_weights(DepthwiseConv2D({3, 2}), {9, 9, 4}, {{"kernel", {3, 2, 4, 1}}, {"bias", {4}}});
  has_weights(SeparableConv1D(6, 3), {9, 4},
              {{"depthwise_kernel", {3, 4, 1}}, {"pointwise_kernel", {1, 4, 6}}, {"bias", {6}}});
  has_weights(SeparableConv2D(6, 3, {.depth_multiplier = 2}), {9, 9, 4},
              {{"depthwise_kernel", {3, 3, 4, 2}}, {"pointwise_kernel", {1, 1, 8, 6}}, {"bias", {6}}});
}

TEST_CASE("shapes of a convolutional network") {
  CHECK(Conv2D(32, 3).output_shape({28, 28, 1}) == Shape{26, 26, 32});
  CHECK(Conv2D(32, 3, {.strides = 2, .padding = "same"}).output_shape({28, 27, 1}) == Shape{14, 14, 32});
  CHECK(MaxPooling2D{}.output_shape({26, 27, 32}) == Shape{13, 13, 32});
  CHECK(MaxPooling2D(2, {.padding = "same"}).output_shape({26, 27, 32}) == Shape{13, 14, 32});
  CHECK(Conv2DTranspose(8, 3, {.strides = 2, .padding = "same"}).output_shape({14, 14, 32}) == Shape{28, 28, 8});
  CHECK(Conv1D(4, 5, {.padding = "causal"}).output_shape({100, 3}) == Shape{100, 4});
  CHECK(GlobalAveragePooling2D{}.output_shape({7, 7, 64}) == Shape{64});
  CHECK(Conv2D(3, 3, {.padding = "same", .data_format = "channels_first"}).output_shape({1, 8, 9}) == Shape{3, 8, 9});
}

TEST_CASE("the mean over time heeds a mask, the largest does not") {
  const NoGrad off;
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Array x = Array::from<float>(numbers, {3, 4, 1});
  const Array mask = less(Array::from<float>(std::vector<float>{0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1}, {3, 4}), 0.5f);
  const Var masked = with_mask(Var(x), mask);
  const Array means = GlobalAveragePooling1D{}(masked).value();
  CHECK(means.span<float>()[0] == 2);
  CHECK(means.span<float>()[1] == 6.5f);
  CHECK(std::isnan(means.span<float>()[2]));
  CHECK(GlobalMaxPooling1D{}(masked).value().span<float>()[0] == 4);
  CHECK(GlobalAveragePooling1D{}(x).value().span<float>()[0] == 2.5f);
}

TEST_CASE("what layers on series and pictures refuse") {
  const NoGrad off;
  CHECK_THROWS_WITH_AS(Conv2D(0, 3), doctest::Contains("Conv2D: needs filters of at least 1; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(Conv2D(2, {3, 0}), doctest::Contains("needs a kernel_size of at least 1; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(Conv2D(2, 3, {.strides = 2, .dilation_rate = 2}),
                       doctest::Contains("needs strides or dilation_rate left at 1; got both above"), ArgError);
  CHECK_THROWS_WITH_AS(Conv1D(4, 3, {.groups = 3}), doctest::Contains("needs groups that divide 4 filters; got 3"),
                       ArgError);
  CHECK_THROWS_WITH_AS(Conv1D(4, 3, {.groups = 2})(zeros({2, 9, 3})), doctest::Contains("needs channels in 2 groups"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(Conv2D(4, 3, {.padding = "causal"}), doctest::Contains("got 'causal'"), ArgError);
  CHECK_THROWS_WITH_AS(Conv1DTranspose(4, 3, {.strides = 2, .output_padding = 2}),
                       doctest::Contains("output_padding of at least 0 and below the strides, 2; got 2"), ArgError);
  CHECK_THROWS_WITH_AS(Conv1DTranspose(4, 3, {.padding = "causal"}), doctest::Contains("got 'causal'"), ArgError);
  CHECK_THROWS_WITH_AS(Conv2D(4, 3, {.padding = "sane"}), doctest::Contains("did you mean 'same'"), ArgError);
  CHECK_THROWS_WITH_AS(Conv2D(4, 3, {.data_format = "channels_frist"}),
                       doctest::Contains("did you mean 'channels_first'"), ArgError);
  CHECK_THROWS_WITH_AS(Conv2D(4, 3, {.name = "first"})(zeros({2, 9, 9})),
                       doctest::Contains("needs a batch [n, h, w, c] in layer 'first'"), ShapeError);
  CHECK_THROWS_WITH_AS(Conv2D(4, 3)(zeros({2, 2, 9, 3})), doctest::Contains("nn/spatial.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(MaxPooling2D(0), doctest::Contains("needs a pool_size of at least 1; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(AveragePooling1D(2, {.strides = 0}), doctest::Contains("needs strides of at least 1"), ArgError);
  CHECK_THROWS_WITH_AS(GlobalMaxPooling1D{}(zeros({2, 3})), doctest::Contains("needs a batch [n, steps, c]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(ZeroPadding2D(-1), doctest::Contains("needs widths of at least 0; got -1"), ArgError);
  CHECK_THROWS_WITH_AS(Cropping1D(2)(zeros({2, 4, 1})), doctest::Contains("needs more than 4 places along axis 1"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(UpSampling2D({1, 0}), doctest::Contains("needs a size of at least 1; got 0"), ArgError);
}
