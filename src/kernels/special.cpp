#include "kernels/special.hpp"

#include <math.h>  // lgamma_r, which leaves the global sign alone

#include <cmath>
#include <limits>
#include <numbers>

namespace xgrad::kernels::special {
namespace {

constexpr double kPi = std::numbers::pi;

// digamma(x) = (x - root) p(x - 1.5) for 1 <= x <= 2: its relative accuracy holds at the root too
// (tools/fit_kernel_coefficients.py digamma; relative error 8e-17).
constexpr double kRoot = 1.4616321449683622458, kRootRest = 9.5499954299656977152e-17;
constexpr double kDigamma[] = {9.51055876031832888e-1,  -4.2362742128145722e-1,  2.40542484240777692e-1,
                               -1.48404923054873668e-1, 9.49887244544824258e-2,  -6.19221331896228851e-2,
                               4.07608338359279188e-2,  -2.69758000647709129e-2, 1.79072518278262136e-2,
                               -1.19081458954821305e-2, 7.92695378643194911e-3,  -5.28090938993532038e-3,
                               3.51892325293968747e-3,  -2.33751358273359134e-3, 1.55709988840939799e-3,
                               -1.07782975727081191e-3, 7.21733901924230764e-4,  -3.54475888502019719e-4,
                               2.30233148114989645e-4,  -3.78633711285849582e-4, 2.57283361776271442e-4};

double digamma_one_to_two(double x) {
  double p = 0;
  for (int i = 20; i >= 0; --i) p = p * (x - 1.5) + kDigamma[i];
  return ((x - kRoot) - kRootRest) * p;
}

/// pi cot(pi x), from the distance to the nearest integer so that it is accurate there.
double pi_cot_pi(double x) {
  const double r = x - std::nearbyint(x);
  return kPi / std::tan(kPi * r);
}

}  // namespace

double lgamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

double digamma(double x) {
  if (x == 0) return -std::copysign(std::numeric_limits<double>::infinity(), x);
  if (x < 0) {
    if (std::floor(x) == x) return std::numeric_limits<double>::quiet_NaN();
    // near a negative root both terms are of one size; elsewhere the cotangent leads
    return digamma(1 - x) - pi_cot_pi(x);
  }
  if (!(x < 10)) {
    // Bernoulli numbers B2k / 2k (Abramowitz and Stegun 6.3.18)
    if (x > 1e17) return std::log(x);
    const double z = 1 / (x * x);
    const double series =
        z *
        (1. / 12 - z * (1. / 120 -
                        z * (1. / 252 -
                             z * (1. / 240 - z * (1. / 132 - z * (691. / 32760 - z * (1. / 12 - z * 3617. / 8160)))))));
    return std::log(x) - 0.5 / x - series;
  }
  double shift = 0;
  while (x > 2) shift += 1 / (x -= 1);
  if (x < 1) shift -= 1 / x, x += 1;
  return shift + digamma_one_to_two(x);
}

double trigamma(double x) {
  if (x <= 0) {
    if (std::floor(x) == x)
      return std::isinf(x) ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    const double s = std::sin(kPi * (x - std::nearbyint(x)));
    return (kPi / s) * (kPi / s) - trigamma(1 - x);
  }
  double shift = 0;
  for (; x < 12; x += 1) shift += 1 / (x * x);
  // Abramowitz and Stegun 6.4.12
  const double z = 1 / (x * x);
  const double series =
      z * (1. / 6 - z * (1. / 30 - z * (1. / 42 - z * (1. / 30 - z * (5. / 66 - z * (691. / 2730 - z * (7. / 6)))))));
  return shift + (1 + 0.5 / x + series) / x;
}

float lgamma(float x) { return static_cast<float>(lgamma(static_cast<double>(x))); }
float digamma(float x) { return static_cast<float>(digamma(static_cast<double>(x))); }
float trigamma(float x) { return static_cast<float>(trigamma(static_cast<double>(x))); }

}  // namespace xgrad::kernels::special
