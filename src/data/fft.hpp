#pragma once
// The Fourier transform of real numbers, for lengths that are powers of 2.

#include <complex>
#include <cstdint>
#include <vector>

namespace xgrad::detail {

/// X[k] = Σ_j x[j] e^(−2πi jk / n). One of them transforms any number of frames, one after another.
class Fft {
 public:
  /// @param n a power of 2
  explicit Fft(std::int64_t n);
  /// The transform of `count` ≤ n numbers and zeros after them; of real numbers X[n − k] is the conjugate of X[k].
  const std::vector<std::complex<double>>& operator()(const double* x, std::int64_t count);

 private:
  std::vector<std::size_t> reversed_;          // where each number stands before the first stage: its bits turned round
  std::vector<std::complex<double>> factors_;  // e^(−2πi k / n), k below n/2
  std::vector<std::complex<double>> values_;
};

}  // namespace xgrad::detail
