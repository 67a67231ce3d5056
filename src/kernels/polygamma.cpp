#include "kernels/polygamma.hpp"

#include <cmath>
#include <limits>

#include "kernels/elementwise.hpp"

namespace xgrad::kernels {

namespace {

/// psi^(n)(x) for n >= 2 by psi^(n)(x) = (-1)^(n+1) n! zeta(n + 1, x): terms up to where the Euler-Maclaurin tail is
/// exact to double.
double polygamma_at(int n, double x) {
  // B_2k / (2k)!
  static constexpr double coefficient[] = {1.0 / 12,
                                           -1.0 / 720,
                                           1.0 / 30240,
                                           -1.0 / 1209600,
                                           1.0 / 47900160,
                                           -691.0 / 1307674368000.0,
                                           1.0 / 74724249600.0,
                                           -3617.0 / 10670622842880000.0};
  if (std::isnan(x)) return x;
  const double sign = n % 2 ? 1 : -1, s = n + 1;
  if (x == std::numeric_limits<double>::infinity()) return 0 * sign;
  if (x <= 0 && x == std::floor(x))
    return n % 2 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  if (x < -1e7) return std::numeric_limits<double>::quiet_NaN();  // so far out neighbouring poles are hardly told apart
  double sum = 0;
  for (const double far = 12 + n; x < far; x += 1) sum += std::pow(x, -s);
  double tail = std::pow(x, 1 - s) / (s - 1) + 0.5 * std::pow(x, -s);
  double rising = s, power = std::pow(x, -s - 1);  // s (s+1) … (s+2k-2), x^(-s-2k+1)
  for (int k = 0; k < 8; ++k) {
    tail += coefficient[k] * rising * power;
    rising *= (s + 2 * k + 1) * (s + 2 * k + 2);
    power /= x * x;
  }
  return sign * std::tgamma(s) * (sum + tail);
}

}  // namespace

template <class T>
void polygamma(int n, std::int64_t count, const T* x, T* y) {
  if (n == 0) return unary(Unary::digamma, count, x, y);
  if (n == 1) return unary(Unary::trigamma, count, x, y);
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<T>(polygamma_at(n, static_cast<double>(x[i])));
}

template void polygamma<float>(int, std::int64_t, const float*, float*);
template void polygamma<double>(int, std::int64_t, const double*, double*);

}  // namespace xgrad::kernels
