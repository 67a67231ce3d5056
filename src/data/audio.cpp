#include "xgrad/data/audio.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <kissfft/kissfft.hh>
#include <vector>

#include "core/cosine_window.hpp"

namespace xgrad {

namespace {

void check_floats(const char* op, const char* what, const Array& x, Loc loc) {
  if (!is_floating(x.dtype()))
    throw DTypeError(op, std::string("needs ") + what + " of float32 or float64; got " + signature(x), loc);
}
void at_least_1(const char* op, const char* what, std::int64_t value, Loc loc) {
  if (value < 1)
    throw ArgError(op, std::string("needs a ") + what + " of at least 1; got " + std::to_string(value), loc);
}
void check_fft_length(const char* op, std::int64_t n, Loc loc) {
  if (n < 2 || n % 2 != 0)
    throw ArgError(op, "needs an fft_length that is even and at least 2; got " + std::to_string(n), loc);
}

double mel(double frequency) { return 1127 * std::log1p(frequency / 700); }

}  // namespace

Array frame_signal(const Array& signal, std::int64_t length, std::int64_t step, Loc loc) {
  constexpr const char* op = "frame_signal";
  check_floats(op, "a signal", signal, loc);
  if (signal.rank() != 1) throw ShapeError(op, "needs a signal [samples]; got " + signature(signal), loc);
  at_least_1(op, "frame length", length, loc);
  at_least_1(op, "step", step, loc);
  const std::int64_t samples = signal.size(), count = samples < length ? 0 : 1 + (samples - length) / step;
  Array frames = Array::empty({count, length}, signal.dtype());
  visit_dtype(signal.dtype(), [&]<class T>() {
    const T* from = static_cast<const T*>(signal.raw());
    T* to = static_cast<T*>(frames.raw());
    for (std::int64_t i = 0; i < count; ++i) to = std::copy_n(from + i * step, length, to);
  });
  return frames;
}

Array window_values(Window window, std::int64_t n, Loc loc) {
  at_least_1("window_values", "length", n, loc);
  Array values = ones({n}, DType::float64);
  if (window == Window::none) return values;
  const detail::CosineWindow& at = window == Window::hann ? detail::hann : detail::hamming;
  for (std::int64_t i = 0; i < n; ++i) values.mutable_data<double>()[i] = at(i, n);
  return values;
}

Array power_spectrum(const Array& frames, std::int64_t fft_length, Loc loc) {
  constexpr const char* op = "power_spectrum";
  check_floats(op, "frames", frames, loc);
  if (frames.rank() != 2) throw ShapeError(op, "needs frames [count,length]; got " + signature(frames), loc);
  check_fft_length(op, fft_length, loc);
  const std::int64_t count = frames.shape()[0], length = frames.shape()[1], bins = fft_length / 2 + 1;
  if (length > fft_length)
    throw ArgError(op,
                   "needs an fft_length not below that of the frames, " + std::to_string(length) + "; got " +
                       std::to_string(fft_length),
                   loc);
  Array power = Array::empty({count, bins}, frames.dtype());
  // The transform of real numbers gives the bins below half; the half itself, real too, stands beside bin 0.
  const auto half = static_cast<std::size_t>(fft_length / 2);
  const kissfft<double> fft(half, false);
  std::vector<double> frame(2 * half);  // zeros after the frame
  std::vector<std::complex<double>> spectrum(half);
  visit_dtype(frames.dtype(), [&]<class T>() {
    const T* from = static_cast<const T*>(frames.raw());
    T* to = static_cast<T*>(power.raw());
    for (std::int64_t i = 0; i < count; ++i, from += length) {
      std::transform(from, from + length, frame.begin(), [](T x) { return static_cast<double>(x); });
      fft.transform_real(frame.data(), spectrum.data());
      *to++ = static_cast<T>(spectrum[0].real() * spectrum[0].real());
      for (std::size_t k = 1; k < half; ++k) *to++ = static_cast<T>(std::norm(spectrum[k]));
      *to++ = static_cast<T>(spectrum[0].imag() * spectrum[0].imag());
    }
  });
  return power;
}

Array mel_filter_bank(const MelOptions& options, Loc loc) {
  constexpr const char* op = "mel_filter_bank";
  at_least_1(op, "number of bands", options.num_mels, loc);
  check_fft_length(op, options.fft_length, loc);
  const double half = options.sample_rate / 2, low = options.low, high = options.high.value_or(half);
  if (!(low >= 0 && low < high && high <= half))
    throw ArgError(op,
                   "needs 0 <= low < high <= half the sample rate, " + std::to_string(half) + "; got low " +
                       std::to_string(low) + " and high " + std::to_string(high),
                   loc);
  const std::int64_t bins = options.fft_length / 2 + 1, bands = options.num_mels;
  const double first = mel(low), width = (mel(high) - first) / static_cast<double>(bands + 1);
  Array bank = zeros({bins, bands}, DType::float64);
  double* to = bank.mutable_data<double>() + bands;
  for (std::int64_t k = 1; k < bins; ++k) {
    const double frequency = static_cast<double>(k) * options.sample_rate / static_cast<double>(options.fft_length);
    const double place = (mel(frequency) - first) / width;  // the middle of band b is at b + 1
    for (std::int64_t b = 0; b < bands; ++b) *to++ = std::max(0.0, 1 - std::abs(place - static_cast<double>(b + 1)));
  }
  return bank;
}

Array log_mel(const Array& signal, const LogMelOptions& options, Loc loc) {
  constexpr const char* op = "log_mel";
  check_floats(op, "a signal", signal, loc);
  const bool column = signal.rank() == 2 && signal.shape()[1] == 1;
  if (signal.rank() != 1 && !column)
    throw ShapeError(op, "needs a signal of one channel, [samples]; got " + signature(signal), loc);
  if (!(options.floor > 0)) throw ArgError(op, "needs a floor above 0; got " + std::to_string(options.floor), loc);
  const Array bank = mel_filter_bank(options.mel, loc);
  const std::int64_t bins = bank.shape()[0], bands = bank.shape()[1];
  Array frames = frame_signal((column ? signal.reshape({signal.size()}) : signal).astype(DType::float64),
                              options.frame_length, options.frame_step, loc);
  const std::int64_t count = frames.shape()[0];
  const Array window = window_values(options.window, options.frame_length, loc);
  double* x = frames.mutable_data<double>();
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < options.frame_length; ++j) *x++ *= window.data<double>()[j];
  const Array power = power_spectrum(frames, options.mel.fft_length, loc);
  Array result = zeros({count, bands}, DType::float64);
  const double* p = power.data<double>();
  double* row = result.mutable_data<double>();
  for (std::int64_t i = 0; i < count; ++i, row += bands) {
    const double* weight = bank.data<double>();
    for (std::int64_t k = 0; k < bins; ++k, ++p)
      for (std::int64_t b = 0; b < bands; ++b) row[b] += *p * *weight++;
    for (std::int64_t b = 0; b < bands; ++b) row[b] = std::log(std::max(row[b], options.floor));
  }
  return result.astype(signal.dtype());
}

}  // namespace xgrad
