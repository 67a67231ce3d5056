// Equal rows: hashed, then compared.

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "data/audit/parts.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::auditing {

namespace {

/// Words in four chains, so that their multiplications overlap.
class RowHash {
 public:
  void add(std::uint64_t word) noexcept {
    std::uint64_t& chain = chains_[at_++ & 3];
    chain = (chain ^ word) * 0x9E3779B97F4A7C15U;
    chain ^= chain >> 29;
  }
  std::uint64_t value() const noexcept {
    std::uint64_t h = at_;
    for (std::uint64_t chain : chains_) {
      h = (h ^ chain) * 0xBF58476D1CE4E5B9U;
      h ^= h >> 31;
    }
    return h;
  }

 private:
  std::uint64_t chains_[4] = {0x243F6A8885A308D3U, 0x13198A2E03707344U, 0xA4093822299F31D0U, 0x082EFA98EC4E6C89U};
  std::uint64_t at_ = 0;
};

/// One pattern for both zeros, and one for every NaN.
template <class T>
std::uint64_t word_of(T v) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    return v != v ? 0x7fc00000U : std::bit_cast<std::uint32_t>(v + 0.0F);
  } else if constexpr (std::is_same_v<T, double>) {
    return v != v ? 0x7ff8000000000000U : std::bit_cast<std::uint64_t>(v + 0.0);
  } else {
    return static_cast<std::uint64_t>(v);
  }
}

template <class T>
std::uint64_t hash_of(const T* row, std::int64_t n) noexcept {
  RowHash h;
  std::int64_t i = 0;
  if constexpr (sizeof(T) == 1) {
    for (; i + 8 <= n; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, row + i, 8);
      h.add(word);
    }
  } else if constexpr (sizeof(T) == 4) {
    for (; i + 2 <= n; i += 2) h.add(word_of(row[i]) << 32 | word_of(row[i + 1]));
  }
  for (; i < n; ++i) h.add(word_of(row[i]));
  return h.value();
}

template <class T>
bool equal(const T* a, const T* b, std::int64_t n) noexcept {
  return std::equal(a, a + n, b, [](T p, T q) { return p == q || (p != p && q != q); });
}

std::int64_t width(const Array& x) {
  std::int64_t n = 1;
  for (int axis = 1; axis < x.rank(); ++axis) n *= x.shape(axis);
  return n;
}

struct CsrRow {
  const std::int64_t* column;
  std::int64_t begin, entries;
};
CsrRow row_of(const Csr& x, std::int64_t row) {
  const std::int64_t* end = x.row_ptr().data<std::int64_t>();
  return {x.column().data<std::int64_t>() + end[row], end[row], end[row + 1] - end[row]};
}

std::uint64_t row_hash(const AuditPart& part, std::int64_t row) {
  if (const Array* x = part.dense())
    return visit_dtype(x->dtype(), [&]<class T>() {
      const std::int64_t n = width(*x);
      return hash_of(static_cast<const T*>(x->raw()) + row * n, n);
    });
  if (const Sequences* x = part.sequences())
    return hash_of((*x)[row].data(), static_cast<std::int64_t>((*x)[row].size()));
  const Csr& x = *part.sparse();
  const CsrRow r = row_of(x, row);
  return hash_of(r.column, r.entries) ^ visit_dtype(x.dtype(), [&]<class T>() {
           return 3 * hash_of(static_cast<const T*>(x.values().raw()) + r.begin, r.entries);
         });
}

bool rows_equal(const AuditPart& a, std::int64_t i, const AuditPart& b, std::int64_t j) {
  if (const Array* x = a.dense())
    return visit_dtype(x->dtype(), [&]<class T>() {
      const std::int64_t n = width(*x);
      return equal(static_cast<const T*>(x->raw()) + i * n, static_cast<const T*>(b.dense()->raw()) + j * n, n);
    });
  if (const Sequences* x = a.sequences()) {
    const auto p = (*x)[i], q = (*b.sequences())[j];
    return std::equal(p.begin(), p.end(), q.begin(), q.end());
  }
  const CsrRow p = row_of(*a.sparse(), i), q = row_of(*b.sparse(), j);
  return p.entries == q.entries && std::equal(p.column, p.column + p.entries, q.column) &&
         visit_dtype(a.sparse()->dtype(), [&]<class T>() {
           return equal(static_cast<const T*>(a.sparse()->values().raw()) + p.begin,
                        static_cast<const T*>(b.sparse()->values().raw()) + q.begin, p.entries);
         });
}

}  // namespace

std::vector<std::int64_t> first_equal_rows(std::span<const AuditPart> parts, int hash_bits) {
  std::vector<std::int64_t> begin{0};
  for (const AuditPart& part : parts) begin.push_back(begin.back() + part.rows);
  const std::int64_t n = begin.back();
  const auto place = [&](std::int64_t row) {
    std::size_t p = 0;
    while (row >= begin[p + 1]) ++p;
    return std::pair<const AuditPart&, std::int64_t>(parts[p], row - begin[p]);
  };
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(n));
  parallel_for(n, 2000, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t row = from; row < to; ++row) {
      const auto [part, at] = place(row);
      hashes[static_cast<std::size_t>(row)] = row_hash(part, at) >> (64 - hash_bits);
    }
  });
  const std::size_t slots = std::bit_ceil(static_cast<std::size_t>(2 * n + 2));
  std::vector<std::int64_t> table(slots, -1), first(static_cast<std::size_t>(n));
  for (std::int64_t row = 0; row < n; ++row) {
    const std::uint64_t hash = hashes[static_cast<std::size_t>(row)];
    const auto [part, at] = place(row);
    std::size_t slot = hash & (slots - 1);
    for (;; slot = (slot + 1) & (slots - 1)) {
      const std::int64_t other = table[slot];
      if (other < 0) {
        table[slot] = first[static_cast<std::size_t>(row)] = row;
        break;
      }
      const auto [other_part, other_at] = place(other);
      if (hashes[static_cast<std::size_t>(other)] == hash && rows_equal(other_part, other_at, part, at)) {
        first[static_cast<std::size_t>(row)] = other;
        break;
      }
    }
  }
  return first;
}

Csr canonical(const Csr& x) {
  const std::int64_t *end = x.row_ptr().data<std::int64_t>(), *columns = x.column().data<std::int64_t>();
  return visit_dtype(x.dtype(), [&]<class T>() {
    const T* values = static_cast<const T*>(x.values().raw());
    bool is = std::none_of(values, values + x.entries(), [](T v) { return v == T{}; });
    for (std::int64_t row = 0; is && row < x.rows(); ++row)
      for (std::int64_t e = end[row] + 1; is && e < end[row + 1]; ++e) is = columns[e - 1] < columns[e];
    if (is) return x;
    Array row_ptr = zeros({x.rows() + 1}, DType::int64);
    std::int64_t* to = row_ptr.mutable_data<std::int64_t>();
    std::vector<std::int64_t> kept_columns;
    std::vector<double> kept;
    for (std::int64_t row = 0; row < x.rows(); ++row) {
      std::map<std::int64_t, double> sums;
      for (std::int64_t e = end[row]; e < end[row + 1]; ++e) sums[columns[e]] += static_cast<double>(values[e]);
      for (const auto& [c, v] : sums) {
        if (v == 0) continue;
        kept_columns.push_back(c);
        kept.push_back(v);
      }
      to[row + 1] = static_cast<std::int64_t>(kept.size());
    }
    const auto n = static_cast<std::int64_t>(kept.size());
    return Csr(x.rows(), x.columns(), std::move(row_ptr), Array::from(std::span<const std::int64_t>(kept_columns), {n}),
               Array::from(std::span<const double>(kept), {n}).astype(x.dtype()));
  });
}

namespace {

/// Whether the targets of two rows are the same, as far as they are known.
bool same_target(const AuditSet& set, std::size_t p, std::int64_t i, std::size_t q, std::int64_t j) {
  if (set.classes.known())
    return set.classes.of[p][static_cast<std::size_t>(i)] == set.classes.of[q][static_cast<std::size_t>(j)];
  const auto &a = set.parts[p].y, &b = set.parts[q].y;
  if (!a || !b || a->dtype() != b->dtype()) return true;
  return visit_dtype(a->dtype(), [&]<class T>() {
    const std::int64_t n = width(*a);
    return equal(static_cast<const T*>(a->raw()) + i * n, static_cast<const T*>(b->raw()) + j * n, n);
  });
}

std::string share(std::int64_t n, std::int64_t of) {
  return number(100.0 * static_cast<double>(n) / static_cast<double>(of)) + " %";
}

}  // namespace

void check_equal_rows(const AuditSet& set, Findings& out) {
  if (!set.train().sequences() && set.features == 0) return;
  const std::vector<std::int64_t> first = first_equal_rows(set.parts);
  const std::size_t parts = set.parts.size(), all = first.size();
  // For each distinct row, where it first stands in each part.
  std::vector<std::vector<std::int64_t>> first_in(parts, std::vector<std::int64_t>(all, -1));
  std::size_t row = 0;
  for (std::size_t p = 0; p < parts; ++p)
    for (std::int64_t i = 0; i < set.parts[p].rows; ++i, ++row) {
      std::int64_t& at = first_in[p][static_cast<std::size_t>(first[row])];
      if (at < 0) at = i;
    }
  const std::int64_t n = set.train().rows;
  const auto named = static_cast<std::size_t>(set.options->named);

  Finding repeated{FindingKind::repeated_rows, Severity::note, "", "", ""};
  std::vector<std::int64_t> copies(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t leader = first[static_cast<std::size_t>(i)];
    ++copies[static_cast<std::size_t>(leader)];
    if (leader == i) continue;
    ++repeated.count;
    if (repeated.rows.size() < 2 * named)
      repeated.rows.insert(repeated.rows.end(), {{DataPart::train, leader}, {DataPart::train, i}});
  }
  std::int64_t in_groups = 0;
  for (std::int64_t c : copies) in_groups += c > 1 ? c : 0;
  const bool few_values = static_cast<double>(in_groups) > 0.2 * static_cast<double>(n);

  for (std::size_t a = 0; a < parts; ++a)
    for (std::size_t b = a + 1; b < parts; ++b) {
      Finding f{FindingKind::shared_rows, Severity::warning, "", "", ""};
      const DataPart from = set.parts[a].which, held_out = set.parts[b].which;
      std::size_t at = 0;
      for (std::size_t p = 0; p < b; ++p) at += static_cast<std::size_t>(set.parts[p].rows);
      for (std::int64_t i = 0; i < set.parts[b].rows; ++i, ++at) {
        const std::int64_t other = first_in[a][static_cast<std::size_t>(first[at])];
        if (other < 0) continue;
        ++f.count;
        if (f.rows.size() < 2 * named) f.rows.insert(f.rows.end(), {{from, other}, {held_out, i}});
      }
      if (f.count == 0) continue;
      const std::int64_t of = set.parts[b].rows;
      if (few_values) {
        f.severity = Severity::note;
      } else if (f.count * 100 >= of) {
        f.severity = Severity::error;
      }
      f.message = std::string(name_of(held_out)) + ": " + counted(f.count, "row") + " of " + std::to_string(of) + " (" +
                  share(f.count, of) + ") also " + (f.count == 1 ? "stands" : "stand") + " in " + name_of(from);
      f.why = few_values ? "samples take few different values (" + share(in_groups, n) +
                               " of the training rows equal others), so equal rows are to be expected"
                         : "what was learned by heart counts as understood";
      f.advice = few_values ? "nothing, if these are different samples that happen to be equal"
                            : std::string("leave them out of ") + name_of(from) +
                                  ", or bring equal samples into one part before you split";
      out.push_back(std::move(f));
    }

  if (repeated.count > 0) {
    repeated.message = "train: " + counted(repeated.count, "row") + " of " + std::to_string(n) + " (" +
                       share(repeated.count, n) + ") " + (repeated.count == 1 ? "repeats" : "repeat") + " earlier rows";
    repeated.why = "they weigh more than others, and a validation split or fold may get copies of what is trained on";
    repeated.advice = "keep one of each, unless their number means something";
    out.push_back(std::move(repeated));
  }

  Finding contradictory{FindingKind::contradictory_labels, Severity::warning, "", "", ""};
  row = 0;
  for (std::size_t p = 0; p < parts; ++p)
    for (std::int64_t i = 0; i < set.parts[p].rows; ++i, ++row) {
      std::int64_t leader = first[row];
      if (leader == static_cast<std::int64_t>(row)) continue;
      std::size_t q = 0;
      for (; leader >= set.parts[q].rows; ++q) leader -= set.parts[q].rows;
      if (same_target(set, q, leader, p, i)) continue;
      ++contradictory.count;
      if (contradictory.rows.size() < 2 * named)
        contradictory.rows.insert(contradictory.rows.end(), {{set.parts[q].which, leader}, {set.parts[p].which, i}});
    }
  if (contradictory.count > 0) {
    if (few_values || !set.classes.known()) contradictory.severity = Severity::note;
    contradictory.message =
        counted(contradictory.count, "row") + " equal" +
        (contradictory.count == 1 ? "s an earlier one with another target" : " earlier ones with other targets");
    contradictory.why = "no function of the features can be right about both: that error will remain";
    contradictory.advice = "look at these rows: a label may be wrong, or a feature that tells them apart is missing";
    out.push_back(std::move(contradictory));
  }
}

}  // namespace xgrad::auditing
