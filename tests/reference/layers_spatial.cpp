// Layers on series and pictures, as tests/reference/make_layers.py makes them with Keras.

#include "layers_table.hpp"
#include "xgrad/nn/layers.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace layers_table {

using namespace xgrad;

const std::map<std::string, Layer (*)()>& spatial() {
  static const std::map<std::string, Layer (*)()> all{
      {"conv1d/plain", [] { return Layer(Conv1D(3, 2, {.activation = tanh})); }},
      {"conv1d/causal", [] { return Layer(Conv1D(3, 2, {.padding = "causal", .dilation_rate = 2})); }},
      {"conv1d/same", [] { return Layer(Conv1D(3, 3, {.strides = 2, .padding = "same", .use_bias = false})); }},
      {"conv2d/plain", [] { return Layer(Conv2D(3, 2)); }},
      {"conv2d/same",
       [] {
         return Layer(Conv2D(3, {3, 2}, {.padding = "same", .activation = relu}));
       }},
      {"conv2d/strides",
       [] {
         return Layer(Conv2D(3, 3, {.strides = {2, 3}, .padding = "same"}));
       }},
      {"conv2d/dilation",
       [] {
         return Layer(Conv2D(3, 2, {.padding = "same", .dilation_rate = {2, 3}}));
       }},
      {"conv2d/groups", [] { return Layer(Conv2D(6, 2, {.groups = 2})); }},
      {"conv2d/channels_first", [] { return Layer(Conv2D(3, 2, {.strides = 2, .data_format = "channels_first"})); }},
      {"conv1d_transpose/plain", [] { return Layer(Conv1DTranspose(3, 3, {.strides = 2})); }},
      {"conv1d_transpose/gaps", [] { return Layer(Conv1DTranspose(3, 2, {.strides = 3})); }},
      {"conv2d_transpose/plain", [] { return Layer(Conv2DTranspose(3, 2)); }},
      {"conv2d_transpose/strides",
       [] {
         return Layer(Conv2DTranspose(3, {3, 2}, {.strides = 2}));
       }},
      {"conv2d_transpose/same", [] { return Layer(Conv2DTranspose(3, 3, {.strides = 2, .padding = "same"})); }},
      {"conv2d_transpose/same_even",
       [] {
         return Layer(Conv2DTranspose(3, 4, {.strides = {2, 3}, .padding = "same"}));
       }},
      {"conv2d_transpose/same_narrow", [] { return Layer(Conv2DTranspose(3, 2, {.strides = 3, .padding = "same"})); }},
      {"conv1d_transpose/output_padding",
       [] { return Layer(Conv1DTranspose(3, 3, {.strides = 3, .output_padding = 1})); }},
      {"conv2d_transpose/output_padding",
       [] {
         return Layer(Conv2DTranspose(3, {2, 3}, {.strides = {3, 2}, .output_padding = Pair{2, 0}}));
       }},
      {"conv2d_transpose/output_padding_same",
       [] {
         return Layer(Conv2DTranspose(3, {3, 4}, {.strides = {2, 3}, .padding = "same", .output_padding = Pair{1, 2}}));
       }},
      {"conv2d_transpose/output_padding_one",
       [] { return Layer(Conv2DTranspose(3, 1, {.strides = 3, .padding = "same", .output_padding = Pair(2)})); }},
      {"conv2d_transpose/dilation", [] { return Layer(Conv2DTranspose(3, 2, {.dilation_rate = 2})); }},
      {"depthwise_conv1d/plain", [] { return Layer(DepthwiseConv1D(2, {.depth_multiplier = 2})); }},
      {"depthwise_conv2d/plain",
       [] {
         return Layer(DepthwiseConv2D({2, 3}));
       }},
      {"depthwise_conv2d/multiplier",
       [] { return Layer(DepthwiseConv2D(3, {.strides = 2, .padding = "same", .depth_multiplier = 2})); }},
      {"separable_conv1d/plain", [] { return Layer(SeparableConv1D(3, 2, {.depth_multiplier = 2})); }},
      {"separable_conv2d/plain", [] { return Layer(SeparableConv2D(3, 2, {.padding = "same", .activation = relu})); }},
      {"max_pooling1d/plain", [] { return Layer(MaxPooling1D{}); }},
      {"max_pooling2d/plain", [] { return Layer(MaxPooling2D{}); }},
      {"max_pooling2d/same", [] { return Layer(MaxPooling2D(3, {.strides = 2, .padding = "same"})); }},
      {"max_pooling2d/channels_first",
       [] {
         return Layer(MaxPooling2D({1, 2}, {.data_format = "channels_first"}));
       }},
      {"average_pooling1d/same", [] { return Layer(AveragePooling1D(3, {.strides = 2, .padding = "same"})); }},
      {"average_pooling2d/plain",
       [] {
         return Layer(AveragePooling2D({2, 3}, {.strides = 1}));
       }},
      {"average_pooling2d/same", [] { return Layer(AveragePooling2D(2, {.padding = "same"})); }},
      {"global_max_pooling1d/plain", [] { return Layer(GlobalMaxPooling1D{}); }},
      {"global_max_pooling2d/keepdims", [] { return Layer(GlobalMaxPooling2D{{.keepdims = true}}); }},
      {"global_average_pooling1d/plain", [] { return Layer(GlobalAveragePooling1D{}); }},
      {"global_average_pooling2d/channels_first",
       [] { return Layer(GlobalAveragePooling2D{{.data_format = "channels_first"}}); }},
      {"zero_padding1d/plain",
       [] {
         return Layer(ZeroPadding1D(Margin{1, 2}));
       }},
      {"zero_padding2d/plain",
       [] {
         return Layer(ZeroPadding2D{{1, 0}, {2, 1}});
       }},
      {"zero_padding2d/both",
       [] {
         return Layer(ZeroPadding2D({1, 2}));
       }},
      {"cropping1d/plain",
       [] {
         return Layer(Cropping1D(Margin{1, 2}));
       }},
      {"cropping2d/plain",
       [] {
         return Layer(Cropping2D{{1, 0}, {0, 2}});
       }},
      {"up_sampling1d/plain", [] { return Layer(UpSampling1D(2)); }},
      {"up_sampling2d/plain",
       [] {
         return Layer(UpSampling2D({2, 3}));
       }},
  };
  return all;
}

}  // namespace layers_table
