#pragma once
/// \file Data sets of recordings.

#include <cstdint>

#include "xgrad/core/array.hpp"

namespace xgrad::datasets {

/// Recordings of one digit each, one after another.
struct DigitRecordings {
  Array samples;   ///< float32 [all samples], from −1 to 1
  Array offsets;   ///< int64 [size + 1]: recording i is samples[offsets[i]] … samples[offsets[i + 1] − 1]
  Array digits;    ///< int64 [size], 0 to 9
  Array speakers;  ///< int64 [size], from 0
  Array takes;     ///< int64 [size]: how often the speaker had said the digit before

  std::int64_t size() const { return digits.size(); }
  /// One recording, float32 [samples]. @throws IndexError
  Array recording(std::int64_t i, Loc loc = Loc::current()) const;
};

/// `auto [train, test, sample_rate] = datasets::spoken_digits();`
struct SpokenDigits {
  DigitRecordings train, test;
  std::int64_t sample_rate;
};

/// The Free Spoken Digit Dataset (Z. Jackson et al., CC BY-SA 4.0): the digits in English, each said 50 times by each
/// of 6 speakers, at 8 kHz. Split as its authors say: takes 0 to 4 of each test, 300 recordings; the other 2,700 train.
/// In the order of digits, speakers, takes.
///
/// Read from its WAV files, in the folder `recordings`, `fsdd/recordings` or `free-spoken-digit-dataset/recordings` of
/// a folder where data sets are looked for (datasets.hpp); or from `fsdd.npz` (there, or in `fsdd` or `sequences/fsdd`)
/// with the arrays samples, offsets, label, speaker and take. Nothing is fetched.
/// @throws IoError where it is in none of them, saying how to get it; for a file that is damaged or is another's
SpokenDigits spoken_digits(Loc loc = Loc::current());

}  // namespace xgrad::datasets
