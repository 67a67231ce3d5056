#pragma once
// The derivatives of the digamma function, one element at a time.

#include <cstdint>

namespace xgrad::kernels {

/// y = psi^(n)(x), n >= 0. ±inf or NaN at the poles 0, -1, -2, …. T: float, double.
template <class T>
void polygamma(int n, std::int64_t count, const T* x, T* y);

}  // namespace xgrad::kernels
