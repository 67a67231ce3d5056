#pragma once
/// \file What a network trained with CTC says: labels from the logits of frames, and how far they are from the truth.
///
/// Functions of arrays, without a gradient. The loss is `ctc_loss`, in ops/ctc.hpp, or `CTC` where a model is compiled.

#include <cstdint>
#include <span>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// Labels with their scores, one or several a sample: k is 1 for `ctc_greedy_decode`, top_paths for `ctc_beam_search`.
struct CtcDecoded {
  Array labels;   ///< int64 [n, k, width], the width that of the longest; filled up with −1
  Array lengths;  ///< int64 [n, k]: how many labels there are
  Array scores;   ///< [n, k], as the logits: log-probabilities, the largest first

  /// The labels of one sample. @param path which of the k @throws IndexError
  std::vector<std::int64_t> sequence(std::int64_t sample, std::int64_t path = 0, Loc loc = Loc::current()) const;
};

/// How `ctc_greedy_decode` reads.
struct CtcGreedyOptions {
  std::int64_t blank = 0;      ///< the class that stands for no label; negative: counted from the end
  bool merge_repeated = true;  ///< equal classes in a row are one label, unless a blank stands between them
};

/// The labels of the most probable path: the largest class of each frame (the first of equals), repeats merged, blanks
/// dropped. That is not always the most probable labelling, which several paths may share.
///
/// The score is the path's log-probability, Σ over frames of log softmax(x)[class]. (Keras: −Σ of the largest logits.)
/// A sample with a frame that has no probabilities (NaN, +∞, or all −∞) has no label, and the score NaN.
/// @param logits float [n, frames, classes]; probabilities' logarithms are logits too
/// @param input_lengths int64 [n]: how many frames of each count
/// @throws ShapeError; DTypeError; ArgError for a length out of range, and for a blank that is no class
CtcDecoded ctc_greedy_decode(const Array& logits, const Array& input_lengths, CtcGreedyOptions options = {},
                             Loc loc = Loc::current());
/// The same where every frame counts.
CtcDecoded ctc_greedy_decode(const Array& logits, CtcGreedyOptions options = {}, Loc loc = Loc::current());

/// How `ctc_beam_search` searches.
struct CtcBeamOptions {
  std::int64_t beam_width = 100;  ///< how many beginnings are kept after each frame
  std::int64_t top_paths = 1;     ///< how many labellings are wanted, at most beam_width
  std::int64_t blank = 0;         ///< the class that stands for no label; negative: counted from the end
};

/// The most probable labellings: a search over beginnings of labels, each with the probability of all paths that lead
/// to it so far, those that end with a blank apart from those that do not.
///
/// Where no beginning was dropped the scores are exact, log P(labels) = −ctc_loss, and the first is the most probable
/// labelling there is; a narrower beam finds no more than that. Of equals the one that was found first stands first,
/// classes rising. Where fewer labellings are possible than wanted, the rest are empty and have the score −∞. As in
/// `ctc_greedy_decode`, a sample with a frame that has no probabilities has no label, and scores NaN.
/// @param logits,input_lengths as for `ctc_greedy_decode`
/// @throws ShapeError; DTypeError; ArgError besides for beam_width < 1 and for top_paths out of 1 … beam_width
/// Source: A. Graves, "Sequence transduction with recurrent neural networks", 2012; A. Hannun et al., "First-pass large
/// vocabulary continuous speech recognition using bi-directional recurrent DNNs", 2014.
CtcDecoded ctc_beam_search(const Array& logits, const Array& input_lengths, CtcBeamOptions options = {},
                           Loc loc = Loc::current());
/// The same where every frame counts.
CtcDecoded ctc_beam_search(const Array& logits, CtcBeamOptions options = {}, Loc loc = Loc::current());

/// The Levenshtein distance: how many labels must be put in, taken out or replaced to make b of a.
/// Source: V. I. Levenshtein 1966; in time |a| |b| and memory |b|.
std::int64_t edit_distance(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

}  // namespace xgrad
