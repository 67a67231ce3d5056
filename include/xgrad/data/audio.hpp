#pragma once
/// \file From recordings to what a network reads: WAV files, frames, spectra, the logarithm of mel bands.

#include <cstdint>
#include <optional>
#include <string>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// A recording.
struct Audio {
  Array samples;                 ///< float32 [samples, channels], from −1 to 1 where the file holds integers
  std::int64_t sample_rate = 0;  ///< samples a second
};

/// A WAV file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64, of any number of channels. Integers of b bits are
/// divided by 2^(b − 1), those of 8 bits after 128 is taken away; floats are taken as they are.
///
/// A recording whose header promises more than the file has (one that was not closed, or a stream) is read as far as it
/// goes.
/// @throws IoError for a file that is missing, is no WAV file, or is of another encoding
Audio read_wav(const std::string& path, Loc loc = Loc::current());

/// Windows of a signal that overlap: out[i, j] = signal[i step + j].
/// @param signal float32 or float64 [samples]; what does not fill a last frame is left out
/// @return [max(0, 1 + ⌊(samples − length) / step⌋), length] @throws ShapeError; DTypeError; ArgError for a length or
/// step below 1
Array frame_signal(const Array& signal, std::int64_t length, std::int64_t step, Loc loc = Loc::current());

/// How a frame fades at its ends before its spectrum is taken.
enum class Window : std::uint8_t {
  none,    ///< not at all
  hann,    ///< ½ − ½ cos(2π i / n)
  hamming  ///< 0.54 − 0.46 cos(2π i / n)
};
/// A window of n values, float64 [n]; periodic, as `torch.hann_window` and `torch.hamming_window` are unless told.
/// @throws ArgError for n below 1
Array window_values(Window window, std::int64_t n, Loc loc = Loc::current());

/// The power of each frequency in each frame, |Σ_j x[j] e^(−2πi jk / n)|², k from 0 to n/2.
/// @param frames float32 or float64 [count, length]
/// @param fft_length n, even, not below the length: frames are filled up with zeros on the right
/// @return [count, n/2 + 1] of the frames' type; frequency k is k · sample_rate / n. Computed in double.
/// @throws ShapeError; DTypeError; ArgError
Array power_spectrum(const Array& frames, std::int64_t fft_length, Loc loc = Loc::current());

/// How `mel_filter_bank` is laid out.
struct MelOptions {
  std::int64_t num_mels = 40;       ///< bands
  std::int64_t fft_length = 256;    ///< that of the spectrum
  double sample_rate = 8000;        ///< samples a second
  double low = 20;                  ///< the lowest frequency, in Hz
  std::optional<double> high = {};  ///< the highest; none: half the sample rate
};
/// Bands of frequencies as wide as the ear hears them: triangles on the scale mel(f) = 1127 ln(1 + f / 700), of height
/// 1, each from the middle of the band before to that of the band after. float64 [fft_length/2 + 1, num_mels]; a
/// spectrum times it is the power in each band. Keras's (MelSpectrogram), TensorFlow's; the frequency 0 is in no band.
/// @throws ArgError for no bands, and unless fft_length is even and at least 2 and 0 ≤ low < high ≤ sample_rate / 2
Array mel_filter_bank(const MelOptions& options = {}, Loc loc = Loc::current());

/// How `log_mel` reads a signal: by default frames of 32 ms, every 16 ms, at 8 kHz.
struct LogMelOptions {
  std::int64_t frame_length = 256;  ///< samples in a frame
  std::int64_t frame_step = 128;    ///< samples from one frame to the next
  Window window = Window::hann;
  MelOptions mel = {};
  double floor = 1e-6;  ///< less power in a band counts as this much: silence has a logarithm
};
/// What a network hears: log max(floor, |FFT(window · frame)|² · bands).
/// @param signal float32 or float64 [samples]; [samples, 1] as read_wav gives it is taken, too
/// @return of the signal's type, [frames, num_mels]
/// @throws ShapeError; DTypeError; ArgError as the functions above, and for a floor that is not above 0
Array log_mel(const Array& signal, const LogMelOptions& options = {}, Loc loc = Loc::current());

}  // namespace xgrad
