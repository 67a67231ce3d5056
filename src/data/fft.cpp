#include "data/fft.hpp"

#include <cmath>
#include <numbers>

namespace xgrad::detail {

Fft::Fft(std::int64_t n) : reversed_(static_cast<std::size_t>(n)), values_(static_cast<std::size_t>(n)) {
  const std::size_t size = reversed_.size();
  for (std::size_t i = 1; i < size; ++i) reversed_[i] = reversed_[i / 2] / 2 + (i % 2) * (size / 2);
  for (std::size_t k = 0; k < size / 2; ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
    factors_.emplace_back(std::cos(angle), std::sin(angle));
  }
}

// Cooley and Tukey 1965: transforms of the even and of the odd places make one of twice the length.
const std::vector<std::complex<double>>& Fft::operator()(const double* x, std::int64_t count) {
  const std::size_t size = values_.size(), given = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < size; ++i) values_[i] = reversed_[i] < given ? x[reversed_[i]] : 0;
  for (std::size_t half = 1; half < size; half *= 2)
    for (std::size_t begin = 0; begin < size; begin += 2 * half)
      for (std::size_t k = 0; k < half; ++k) {
        std::complex<double>&even = values_[begin + k], &odd = values_[begin + half + k];
        const std::complex<double> f = factors_[k * (size / 2 / half)];
        // Written out: the operator asks of every product whether it is infinite.
        const std::complex<double> turned(odd.real() * f.real() - odd.imag() * f.imag(),
                                          odd.real() * f.imag() + odd.imag() * f.real());
        odd = even - turned;
        even += turned;
      }
  return values_;
}

}  // namespace xgrad::detail
