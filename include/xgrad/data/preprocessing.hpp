#pragma once
/// \file From data as it comes to arrays that a network reads. Semantics: keras.utils.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "xgrad/core/csr.hpp"
#include "xgrad/data/sequences.hpp"

namespace xgrad {

/// What a class becomes: a row of zeros with a 1 at its number (one-hot), out[…, x[…]] = 1.
///
/// @param x integers of any shape [s…] (floats are truncated toward 0); a last axis of extent 1 is dropped. A negative
///   number counts from the last class: −1 is the last
/// @param num_classes 0: the largest number + 1
/// @param dtype float32 unless told: what losses compare with predictions (Keras: float64, made float32 in fit)
/// @return [s…, num_classes]
/// @throws IndexError for a number outside −num_classes … num_classes − 1
Array to_categorical(const Array& x, std::int64_t num_classes = 0, DType dtype = DType::float32,
                     Loc loc = Loc::current());

/// Which numbers stand in each sequence: out[i, v] = 1 for every v in sequence i, however often; the course notes'
/// `vectorize_sequences`. Sparse, since nearly all is zero: `matmul`, `Dense` and `fit` take it as it is, and compute
/// only with what is there; `multi_hot(…).to_dense()` is the matrix with its zeros.
///
/// @param dimension the number of columns @param dtype float32 or float64
/// @return [sequences, dimension], the columns of each row rising
/// @throws IndexError for a number outside 0 … dimension − 1; DTypeError
Csr multi_hot(const Sequences& sequences, std::int64_t dimension, DType dtype = DType::float32,
              Loc loc = Loc::current());

/// How `pad_sequences` makes sequences equally long; Keras's options and defaults.
struct PadOptions {
  std::optional<std::int64_t> maxlen = std::nullopt;  ///< none: the longest sequence's length
  DType dtype = DType::int64;                         ///< of the result; floats are truncated toward 0 for integers
  std::string padding = "pre";     ///< where `value` is put: "pre" before a sequence, "post" after it
  std::string truncating = "pre";  ///< what is cut off: "pre" the beginning, "post" the end
  double value = 0;
};

/// Sequences of one length: cut to maxlen and filled up with `value`. An empty one becomes all `value`.
/// @return [sequences, maxlen]
/// @throws ArgError for maxlen below 1 (Keras lets 0 pass in some cases), for other words than "pre" and "post"
Array pad_sequences(const Sequences& sequences, const PadOptions& options = {}, Loc loc = Loc::current());
/// Sequences of numbers or of samples of any shape: sequences[i] is [length_i, s…].
/// @return [sequences, maxlen, s…], s… of the first sequence that is not empty
/// @throws ShapeError for a scalar, and for samples of different shapes; ArgError
Array pad_sequences(std::span<const Array> sequences, const PadOptions& options = {}, Loc loc = Loc::current());

/// x / ‖x‖ along an axis, norms of 0 taken as 1: ‖x‖ = (Σ |x|^order)^(1/order); the largest |x| for order ∞, the
/// smallest for −∞, the number of x ≠ 0 for order 0.
/// Axis 0 is the first one (Keras 3.15 computes its norms and then divides along the last).
/// @param x any shape; integers become float32 (Keras: float64)
/// @return as x (Keras: [1, n] of a vector)
/// @throws IndexError for an axis that x has not; ShapeError for no elements along it with order ±∞
Array normalize(const Array& x, int axis = -1, double order = 2, Loc loc = Loc::current());

/// How `train_test_split` cuts.
struct SplitOptions {
  double test_split = 0.2;   ///< the share held out; the cut is int(n · (1 − test_split))
  std::uint32_t seed = 113;  ///< of the order of the samples
  bool shuffle = true;       ///< false: the last samples as they stand are held out
};

/// The numbers of the samples to train and to test with.
struct SplitIndices {
  Array train, test;  ///< int64
};

/// Which of n samples train and which test. Shuffled, they are those of NumPy's RandomState(seed).permutation(n), cut
/// in two: the same on every machine.
/// @throws ArgError unless 0 <= test_split < 1 and n >= 0
SplitIndices split_indices(std::int64_t n, const SplitOptions& options = {}, Loc loc = Loc::current());

/// Inputs and targets in two parts.
template <class X>
struct TrainTest {
  /// One of the parts.
  struct Part {
    X x;
    Array y;
  };
  Part train, test;
};

/// Samples cut in two, x and y alike, as `split_indices` says: `auto [train, test] = train_test_split(x, y);`
/// @param x array, sparse matrix or sequences, one sample a row @param y one row for each sample
/// @throws ShapeError where x and y have different numbers of samples, or are scalars; ArgError as `split_indices`
TrainTest<Array> train_test_split(const Array& x, const Array& y, const SplitOptions& options = {},
                                  Loc loc = Loc::current());
TrainTest<Csr> train_test_split(const Csr& x, const Array& y, const SplitOptions& options = {},
                                Loc loc = Loc::current());
TrainTest<Sequences> train_test_split(const Sequences& x, const Array& y, const SplitOptions& options = {},
                                      Loc loc = Loc::current());

}  // namespace xgrad
