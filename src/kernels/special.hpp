#pragma once
// The gamma function's kin on numbers: compiled once, called element by element by the kernels. float goes through
// double.

namespace xgrad::kernels::special {

/// log |Gamma(x)|; +inf at 0, -1, -2, ...
double lgamma(double x);
float lgamma(float x);
/// d/dx lgamma: -inf at +0, +inf at -0, NaN at -1, -2, ...
double digamma(double x);
float digamma(float x);
/// d/dx digamma: +inf at 0, -1, -2, ...
double trigamma(double x);
float trigamma(float x);

}  // namespace xgrad::kernels::special
