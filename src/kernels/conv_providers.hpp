#pragma once
// Who computes a convolution: our own kernels, or oneDNN where it was found and is faster.

#include "kernels/conv.hpp"

namespace xgrad::kernels {

enum class ConvProvider { own, onednn };
enum class ConvPass { forward, input, kernel };

/// Whether this build has oneDNN's convolutions.
bool has_onednn_conv() noexcept;

/// Sends every convolution that the provider can compute to it. At first the environment variable XGRAD_CONV decides:
/// own, onednn, or auto. @throws std::runtime_error for a provider that this build does not have
void force_conv_provider(ConvProvider provider);
/// Back to the fastest for each shape.
void choose_conv_provider_by_shape() noexcept;

/// Whom a convolution of this shape would be asked of. oneDNN has no doubles, adds to no result, and where results must
/// not depend on the number of threads (`strict`) it is not asked.
/// @throws std::runtime_error where XGRAD_CONV is none of the three
ConvProvider conv_provider_for(const ConvShape& s, ConvPass pass);

/// The pass on oneDNN: operands and result as in conv2d, conv2d_input and conv2d_kernel, nothing added.
/// @return false, and nothing done, where oneDNN has no such convolution
bool onednn_convolution(const ConvShape& s, ConvPass pass, const float* a, const float* b, float* result);

}  // namespace xgrad::kernels
