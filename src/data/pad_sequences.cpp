#include <algorithm>
#include <cmath>
#include <cstring>

#include "xgrad/data/preprocessing.hpp"

namespace xgrad {

namespace {

/// "pre" or "post"?
bool is_pre(const std::string& word, const char* option, Loc loc) {
  if (word == "pre") return true;
  if (word == "post") return false;
  throw ArgError("pad_sequences", std::string("needs ") + option + " \"pre\" or \"post\"; got \"" + word + "\"", loc);
}

/// The lengths of the result and the sides, once they are known to make sense.
struct Plan {
  std::int64_t length;
  bool pad_before, cut_before;

  /// Part [from, from + count) of a sequence goes to place `to` of its row.
  struct Part {
    std::int64_t from, count, to;
  };
  Part part(std::int64_t n) const {
    const std::int64_t count = std::min(n, length);
    return {cut_before ? n - count : 0, count, pad_before ? length - count : 0};
  }
};

Plan plan(std::int64_t longest, const PadOptions& options, Loc loc) {
  if (options.maxlen && *options.maxlen < 1)
    throw ArgError("pad_sequences", "needs maxlen of at least 1; got " + std::to_string(*options.maxlen), loc);
  return {options.maxlen.value_or(longest), is_pre(options.padding, "padding", loc),
          is_pre(options.truncating, "truncating", loc)};
}

/// All `value`, truncated toward 0 where the elements are integers.
Array filled(const Shape& shape, const PadOptions& options, Loc loc) {
  return full(shape, is_floating(options.dtype) ? options.value : std::trunc(options.value), options.dtype, loc);
}

}  // namespace

Array pad_sequences(const Sequences& sequences, const PadOptions& options, Loc loc) {
  std::int64_t longest = 0;
  for (auto sequence : sequences) longest = std::max(longest, static_cast<std::int64_t>(sequence.size()));
  const Plan p = plan(longest, options, loc);
  Array result = filled({sequences.size(), p.length}, options, loc);
  visit_dtype(options.dtype, [&]<class T>() {
    T* row = static_cast<T*>(result.raw());
    for (auto sequence : sequences) {
      const auto [from, count, to] = p.part(static_cast<std::int64_t>(sequence.size()));
      for (std::int64_t k = 0; k < count; ++k)
        row[to + k] = static_cast<T>(sequence[static_cast<std::size_t>(from + k)]);
      row += p.length;
    }
  });
  return result;
}

Array pad_sequences(std::span<const Array> sequences, const PadOptions& options, Loc loc) {
  std::int64_t longest = 0;
  const Array* sample = nullptr;  // the first that is not empty
  for (const Array& sequence : sequences) {
    if (sequence.rank() == 0)
      throw ShapeError("pad_sequences", "needs sequences with a first axis; got " + signature(sequence), loc);
    longest = std::max(longest, sequence.shape(0));
    if (!sample && sequence.shape(0) > 0) sample = &sequence;
  }
  const Plan p = plan(longest, options, loc);
  Shape shape{static_cast<std::int64_t>(sequences.size()), p.length};
  std::size_t width = size_of(options.dtype);  // bytes of a sample
  for (int axis = 1; sample && axis < sample->rank(); ++axis) {
    shape.push_back(sample->shape(axis));
    width *= static_cast<std::size_t>(sample->shape(axis));
  }
  for (const Array& sequence : sequences)
    if (sequence.shape(0) > 0 && !std::equal(sequence.shape().begin() + 1, sequence.shape().end(),
                                             sample->shape().begin() + 1, sample->shape().end()))
      throw ShapeError("pad_sequences",
                       "needs samples of one shape; got " + signature(*sample) + " and " + signature(sequence), loc);
  Array result = filled(shape, options, loc);
  if (width == 0) return result;
  auto* row = static_cast<std::byte*>(result.raw());
  for (const Array& sequence : sequences) {
    const auto [from, count, to] = p.part(sequence.shape(0));
    if (count > 0) {
      const Array part = sequence.rows(from, from + count).astype(options.dtype);
      std::memcpy(row + static_cast<std::size_t>(to) * width, part.raw(), static_cast<std::size_t>(count) * width);
    }
    row += static_cast<std::size_t>(p.length) * width;
  }
  return result;
}

}  // namespace xgrad
