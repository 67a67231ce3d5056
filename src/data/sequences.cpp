#include "xgrad/data/sequences.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace xgrad {

namespace {

template <class Lists>
Array joined(const Lists& lists) {
  std::size_t total = 0;
  for (const auto& list : lists) total += list.size();
  Array values = Array::empty({static_cast<std::int64_t>(total)}, DType::int64);
  std::int64_t* to = values.mutable_data<std::int64_t>();
  for (const auto& list : lists) to = std::copy(list.begin(), list.end(), to);
  return values;
}

template <class Lists>
Array ends(const Lists& lists) {
  Array offsets = zeros({static_cast<std::int64_t>(lists.size()) + 1}, DType::int64);
  std::int64_t* to = offsets.mutable_data<std::int64_t>();
  for (const auto& list : lists) {
    to[1] = to[0] + static_cast<std::int64_t>(list.size());
    ++to;
  }
  return offsets;
}

void need_integers(const char* what, const Array& a, Loc loc) {
  if (a.dtype() != DType::int64)
    throw DTypeError("Sequences", std::string("needs ") + what + " of int64; got " + signature(a), loc);
  if (a.rank() != 1)
    throw ShapeError("Sequences", std::string("needs ") + what + " of one axis; got " + signature(a), loc);
}

[[noreturn]] void no_such(std::int64_t i, std::int64_t size, Loc loc) {
  throw IndexError("Sequences", "needs a number below " + std::to_string(size) + "; got " + std::to_string(i), loc);
}

}  // namespace

Sequences::Sequences(std::initializer_list<std::initializer_list<std::int64_t>> lists)
    : values_(joined(lists)), offsets_(ends(lists)) {}

Sequences::Sequences(const std::vector<std::vector<std::int64_t>>& lists)
    : values_(joined(lists)), offsets_(ends(lists)) {}

Sequences::Sequences(Array values, Array offsets, Loc loc) : values_(std::move(values)), offsets_(std::move(offsets)) {
  need_integers("values", values_, loc);
  need_integers("offsets", offsets_, loc);
  if (offsets_.size() == 0) throw ShapeError("Sequences", "needs at least one offset; got none", loc);
  const std::int64_t* to = bounds();
  if (to[0] != 0 || to[size()] != values_.size() || !std::is_sorted(to, to + size() + 1))
    throw IndexError(
        "Sequences",
        "needs offsets that rise from 0 to " + std::to_string(values_.size()) + "; got " + to_string(offsets_), loc);
}

std::span<const std::int64_t> Sequences::at(std::int64_t i, Loc loc) const {
  if (i < 0 || i >= size()) no_such(i, size(), loc);
  return (*this)[i];
}

Array Sequences::lengths() const {
  Array lengths = Array::empty({size()}, DType::int64);
  std::int64_t* to = lengths.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < size(); ++i) to[i] = bounds()[i + 1] - bounds()[i];
  return lengths;
}

std::int64_t Sequences::max() const noexcept {
  const std::int64_t n = values_.size();
  return n == 0 ? -1 : *std::max_element(first(), first() + n);
}

Sequences Sequences::take(std::span<const std::int64_t> rows, Loc loc) const {
  std::int64_t total = 0;
  for (std::int64_t i : rows) {
    if (i < 0 || i >= size()) no_such(i, size(), loc);
    total += bounds()[i + 1] - bounds()[i];
  }
  Array values = Array::empty({total}, DType::int64, loc);
  Array offsets = zeros({static_cast<std::int64_t>(rows.size()) + 1}, DType::int64);
  std::int64_t* const start = values.mutable_data<std::int64_t>();
  std::int64_t *to = start, *end = offsets.mutable_data<std::int64_t>();
  for (std::int64_t i : rows) {
    const auto sequence = (*this)[i];
    to = std::copy(sequence.begin(), sequence.end(), to);
    *++end = to - start;
  }
  return {std::move(values), std::move(offsets), loc};
}

Sequences Sequences::take(const Array& rows, Loc loc) const {
  need_integers("numbers of sequences", rows, loc);
  return take(rows.span<std::int64_t>(), loc);
}

Sequences Sequences::rows(std::int64_t begin, std::int64_t end, Loc loc) const {
  if (begin < 0 || end < begin || end > size())
    throw IndexError("Sequences",
                     "needs 0 <= begin <= end <= " + std::to_string(size()) + "; got " + std::to_string(begin) +
                         " and " + std::to_string(end),
                     loc);
  Array offsets = offsets_.rows(begin, end + 1).copy();
  std::int64_t* to = offsets.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i <= end - begin; ++i) to[i] -= bounds()[begin];
  return {values_.rows(bounds()[begin], bounds()[end]), std::move(offsets), loc};
}

bool operator==(const Sequences& a, const Sequences& b) noexcept {
  return std::ranges::equal(a, b, [](auto x, auto y) { return std::ranges::equal(x, y); });
}

std::string signature(const Sequences& sequences) {
  return std::to_string(sequences.size()) + " sequences of " + std::to_string(sequences.values().size()) + " integers";
}

std::string to_string(const Sequences& sequences) {
  constexpr std::int64_t most_lines = 6, most_integers = 12;
  std::string text = signature(sequences);
  for (std::int64_t i = 0; i < std::min(most_lines, sequences.size()); ++i) {
    text += "\n  " + std::to_string(i) + ":";
    const auto sequence = sequences[i];
    for (std::size_t k = 0; k < std::min<std::size_t>(sequence.size(), most_integers); ++k)
      text += ' ' + std::to_string(sequence[k]);
    if (sequence.size() > most_integers) text += " … (" + std::to_string(sequence.size()) + ")";
  }
  if (sequences.size() > most_lines) text += "\n  …";
  return text;
}

std::ostream& operator<<(std::ostream& out, const Sequences& sequences) { return out << to_string(sequences); }

}  // namespace xgrad
