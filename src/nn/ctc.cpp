#include "xgrad/nn/ctc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "nn/losses/sequence.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;
using Labels = std::vector<I64>;

constexpr double never = -std::numeric_limits<double>::infinity();  // the logarithm of no chance at all
constexpr double no_score = std::numeric_limits<double>::quiet_NaN();

/// log(eᵃ + eᵇ).
double log_add(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == never ? a : a + std::log1p(std::exp(b - a));
}

/// The frames of one sample, as logarithms of probabilities: [frames, classes].
struct Frames {
  I64 count, classes, blank;
  std::vector<double> log_probs;
  bool probable;  // each frame has probabilities
  const double* row(I64 t) const { return log_probs.data() + t * classes; }
};

template <class T>
Frames frames_of(const T* logits, I64 count, I64 classes, I64 blank) {
  Frames f{count, classes, blank, std::vector<double>(logits, logits + count * classes), true};
  for (double* row = f.log_probs.data(); row < f.log_probs.data() + f.log_probs.size(); row += classes) {
    const double largest = *std::max_element(row, row + classes);
    double sum = 0;
    for (I64 k = 0; k < classes; ++k) sum += std::exp(row[k] - largest);
    const double norm = largest + std::log(sum);
    f.probable = f.probable && std::isfinite(norm);  // NaN anywhere makes the sum NaN, and so the norm
    for (I64 k = 0; k < classes; ++k) row[k] -= norm;
  }
  return f;
}

struct Scored {
  Labels labels;
  double score;
};

Scored most_probable_path(const Frames& f, bool merge_repeated) {
  Scored path{{}, 0};
  I64 before = f.blank;
  for (I64 t = 0; t < f.count; ++t) {
    const double *row = f.row(t), *largest = std::max_element(row, row + f.classes);
    const I64 k = largest - row;
    path.score += *largest;
    if (k != f.blank && !(merge_repeated && k == before)) path.labels.push_back(k);
    before = k;
  }
  return path;
}

/// Beginnings of labels as a tree: each is another and one label more. What was kept once keeps its place, since what
/// continues it may outlive it, and be reached through it again.
class Beginnings {
 public:
  struct Node {
    I64 parent, label;
    I64 slot;  // its place in the beam, or −1
  };

  explicit Beginnings(I64 classes) : classes_(classes), nodes_{{-1, -1, 0}} {}
  /// −1 where it was never kept.
  I64 find(I64 node, I64 label) const {
    const auto at = places_.find(node * classes_ + label);
    return at == places_.end() ? -1 : at->second;
  }
  I64 find_or_add(I64 node, I64 label) {
    const auto [at, added] = places_.try_emplace(node * classes_ + label, static_cast<I64>(nodes_.size()));
    if (added) nodes_.push_back({node, label, -1});
    return at->second;
  }
  Node& operator[](I64 node) { return nodes_[static_cast<std::size_t>(node)]; }
  Labels labels(I64 node) {
    Labels all;
    for (; node > 0; node = (*this)[node].parent) all.push_back((*this)[node].label);
    std::reverse(all.begin(), all.end());
    return all;
  }

 private:
  I64 classes_;
  std::vector<Node> nodes_;
  std::unordered_map<I64, I64> places_;
};

/// What is known of a beginning after some frames: the logarithms of the probabilities of its paths.
struct Beam {
  I64 node;         // itself, or what it continues
  I64 label;        // by which it continues the node; −1 where it is the node
  double to_blank;  // of paths that end with a blank
  double to_label;  // of those that end with its last label
  double total() const { return log_add(to_blank, to_label); }
};

/// The best `width` of them, best first; of equals those that stand first.
void keep_best(std::vector<Beam>& beams, I64 width) {
  std::vector<std::pair<double, I64>> order;
  for (std::size_t i = 0; i < beams.size(); ++i)
    if (const double total = beams[i].total(); total > never) order.emplace_back(-total, static_cast<I64>(i));
  const auto kept = std::min(order.size(), static_cast<std::size_t>(width));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end());
  std::vector<Beam> best;
  for (std::size_t i = 0; i < kept; ++i) best.push_back(beams[static_cast<std::size_t>(order[i].second)]);
  beams = std::move(best);
}

std::vector<Scored> most_probable_labels(const Frames& f, const CtcBeamOptions& options) {
  Beginnings tree(f.classes);
  std::vector<Beam> beams{{0, -1, 0, never}}, next;
  for (I64 t = 0; t < f.count; ++t) {
    const double* row = f.row(t);
    next.clear();
    for (const Beam& b : beams) {  // those that stay what they are stand in the order of the beam
      const I64 last = tree[b.node].label;
      next.push_back({b.node, -1, b.total() + row[f.blank], last < 0 ? never : b.to_label + row[last]});
    }
    for (const Beam& b : beams) {
      const I64 last = tree[b.node].label;
      for (I64 k = 0; k < f.classes; ++k) {
        if (k == f.blank) continue;
        const double came = (k == last ? b.to_blank : b.total()) + row[k];
        const I64 child = tree.find(b.node, k), slot = child < 0 ? -1 : tree[child].slot;
        if (slot < 0) {
          next.push_back({b.node, k, never, came});
        } else {
          double& there = next[static_cast<std::size_t>(slot)].to_label;
          there = log_add(there, came);
        }
      }
    }
    for (const Beam& b : beams) tree[b.node].slot = -1;
    keep_best(next, options.beam_width);
    std::swap(beams, next);
    for (std::size_t i = 0; i < beams.size(); ++i) {
      Beam& b = beams[i];
      if (b.label >= 0) b.node = tree.find_or_add(b.node, b.label);
      b.label = -1;
      tree[b.node].slot = static_cast<I64>(i);
    }
  }
  keep_best(beams, options.top_paths);
  std::vector<Scored> best;
  for (const Beam& b : beams) best.push_back({tree.labels(b.node), b.total()});
  return best;
}

/// Reads each sample, by itself. @param read gives up to k labellings of Frames, best first
template <class Read>
CtcDecoded decoded(const char* op, const Array& logits, const Array& input_lengths, I64 blank, I64 k, const Read& read,
                   Loc loc) {
  if (!is_floating(logits.dtype()))
    throw DTypeError(op, "needs logits of float32 or float64; got " + signature(logits), loc);
  if (logits.rank() != 3) throw ShapeError(op, "needs logits [n,frames,classes]; got " + signature(logits), loc);
  const I64 n = logits.shape()[0], frames = logits.shape()[1], classes = logits.shape()[2];
  if (input_lengths.dtype() != DType::int64)
    throw DTypeError(op, "needs input lengths of type int64; got " + signature(input_lengths), loc);
  if (input_lengths.shape() != Shape{n})
    throw ShapeError(op, "needs input lengths [" + std::to_string(n) + "]; got " + signature(input_lengths), loc);
  blank = losses::blank_class(op, blank, classes, loc);
  const I64* lengths = input_lengths.data<I64>();
  for (I64 i = 0; i < n; ++i)
    if (lengths[i] < 0 || lengths[i] > frames)
      throw ArgError(op,
                     "needs input lengths from 0 to " + std::to_string(frames) + "; got " + std::to_string(lengths[i]) +
                         " for sample " + std::to_string(i),
                     loc);

  std::vector<std::vector<Scored>> all(static_cast<std::size_t>(n));
  visit_dtype(logits.dtype(), [&]<class T>() {
    const T* x = static_cast<const T*>(logits.raw());
    parallel_for(
        n, 1,
        [&](I64 begin, I64 end) {
          for (I64 i = begin; i < end; ++i) {
            const Frames f = frames_of(x + i * frames * classes, lengths[i], classes, blank);
            all[static_cast<std::size_t>(i)] =
                f.probable ? read(f) : std::vector<Scored>(static_cast<std::size_t>(k), Scored{{}, no_score});
          }
        },
        1);
  });

  std::size_t width = 0;
  for (const auto& sample : all)
    for (const Scored& s : sample) width = std::max(width, s.labels.size());
  CtcDecoded result{full({n, k, static_cast<I64>(width)}, -1, DType::int64), zeros({n, k}, DType::int64),
                    full({n, k}, never, DType::float64)};
  I64 *label = result.labels.mutable_data<I64>(), *length = result.lengths.mutable_data<I64>();
  double* score = result.scores.mutable_data<double>();
  for (const auto& sample : all) {
    for (std::size_t j = 0; j < sample.size(); ++j) {
      std::copy(sample[j].labels.begin(), sample[j].labels.end(), label + j * width);
      length[j] = static_cast<I64>(sample[j].labels.size());
      score[j] = sample[j].score;
    }
    label += static_cast<std::size_t>(k) * width, length += k, score += k;
  }
  result.scores = result.scores.astype(logits.dtype());
  return result;
}

/// Every frame of every sample; nothing where x is no such array, for what reads it to say so.
Array whole_length(const Array& x) {
  return x.rank() == 3 ? full({x.shape()[0]}, x.shape()[1], DType::int64) : zeros({0}, DType::int64);
}

}  // namespace

std::vector<I64> CtcDecoded::sequence(I64 sample, I64 path, Loc loc) const {
  const Shape& shape = labels.shape();
  if (sample < 0 || sample >= shape[0] || path < 0 || path >= shape[1])
    throw IndexError("CtcDecoded",
                     "needs a sample below " + std::to_string(shape[0]) + " and a path below " +
                         std::to_string(shape[1]) + "; got " + std::to_string(sample) + " and " + std::to_string(path),
                     loc);
  const I64 row = sample * shape[1] + path, *first = labels.data<I64>() + row * shape[2];
  return {first, first + lengths.data<I64>()[row]};
}

CtcDecoded ctc_greedy_decode(const Array& logits, const Array& input_lengths, CtcGreedyOptions options, Loc loc) {
  const auto read = [&](const Frames& f) { return std::vector{most_probable_path(f, options.merge_repeated)}; };
  return decoded("ctc_greedy_decode", logits, input_lengths, options.blank, 1, read, loc);
}
CtcDecoded ctc_greedy_decode(const Array& logits, CtcGreedyOptions options, Loc loc) {
  return ctc_greedy_decode(logits, whole_length(logits), options, loc);
}

CtcDecoded ctc_beam_search(const Array& logits, const Array& input_lengths, CtcBeamOptions options, Loc loc) {
  constexpr const char* op = "ctc_beam_search";
  if (options.beam_width < 1)
    throw ArgError(op, "needs beam_width of at least 1; got " + std::to_string(options.beam_width), loc);
  if (options.top_paths < 1 || options.top_paths > options.beam_width)
    throw ArgError(op,
                   "needs top_paths from 1 to beam_width, " + std::to_string(options.beam_width) + "; got " +
                       std::to_string(options.top_paths),
                   loc);
  const auto read = [&](const Frames& f) { return most_probable_labels(f, options); };
  return decoded(op, logits, input_lengths, options.blank, options.top_paths, read, loc);
}
CtcDecoded ctc_beam_search(const Array& logits, CtcBeamOptions options, Loc loc) {
  return ctc_beam_search(logits, whole_length(logits), options, loc);
}

I64 edit_distance(std::span<const I64> a, std::span<const I64> b) {
  std::vector<I64> row(b.size() + 1);  // how far the labels of a so far are from each beginning of b
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<I64>(j);
  for (const I64 label : a) {
    I64 diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const I64 replaced = diagonal + (label != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace xgrad
