#pragma once
// What every check of audit reads: the parts that have samples, their rows, their labels, where findings go.

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "xgrad/data/audit.hpp"

namespace xgrad::auditing {

/// What an AuditData was made of.
struct Inputs {
  std::variant<Array, Csr, Sequences> x;
  std::optional<Array> y = {};  // none where x was given alone
};

/// A part that has samples.
struct AuditPart {
  DataPart which;
  std::variant<Array, Csr, Sequences> x;  // of a Csr: columns rising, none twice, no zeros
  std::optional<Array> y;
  std::int64_t rows = 0;

  const Array* dense() const noexcept { return std::get_if<Array>(&x); }
  const Csr* sparse() const noexcept { return std::get_if<Csr>(&x); }
  const Sequences* sequences() const noexcept { return std::get_if<Sequences>(&x); }
};

/// The class of each row, as a place in `names`.
struct Classes {
  std::vector<std::int64_t> names;               // labels, rising
  std::vector<std::vector<std::int64_t>> of;     // of the rows of each part
  std::vector<std::vector<std::int64_t>> count;  // of the classes in each part
  bool known() const noexcept { return !names.empty(); }
};

/// The data set under audit.
struct AuditSet {
  std::vector<AuditPart> parts;  // the training part first
  std::int64_t features = 0;     // of a sample; 0 for sequences
  std::int64_t last_axis = 1;    // extent of the last axis of x where a sample has several
  std::optional<std::int64_t> time;
  Classes classes;
  const AuditOptions* options = nullptr;

  const AuditPart& train() const noexcept { return parts.front(); }
  DType dtype() const noexcept {
    return parts.front().dense() ? parts.front().dense()->dtype() : parts.front().sparse()->dtype();
  }
  /// "feature 3", or its name.
  std::string feature(std::int64_t f) const;
  /// The first few names of a list, with commas, and "…" where there are more.
  std::string list(std::span<const std::int64_t> items, const std::function<std::string(std::int64_t)>& name) const;
  std::string feature_list(std::span<const std::int64_t> features) const;
  /// At most as many as a finding names.
  template <class T>
  std::vector<T> first(std::vector<T> items) const {
    if (items.size() > static_cast<std::size_t>(options->named)) items.resize(static_cast<std::size_t>(options->named));
    return items;
  }
};

/// Figures of a feature over the finite ones of its values.
struct Moments {
  std::int64_t finite = 0, nan = 0, inf = 0;
  std::int64_t nonzero = 0;  // of sparse matrices only
  double mean = 0, m2 = 0;   // m2: sum of squared distances from the mean
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();

  bool constant() const noexcept { return finite > 0 && low == high; }
  double sd() const noexcept { return finite > 0 ? std::sqrt(m2 / static_cast<double>(finite)) : 0; }
  /// Two values and no other: the variance is then (mean − low)(high − mean), the largest there is.
  bool binary() const noexcept {
    const double most = (mean - low) * (high - mean) * static_cast<double>(finite);
    return low < high && m2 >= most * (1 - 1e-9);
  }
  void add(const Moments& other) noexcept;
};

/// The figures of each feature of a part; none for sequences.
std::vector<Moments> moments(const AuditPart& part, std::int64_t features);

/// The values of a feature, one for each row.
std::vector<double> column(const AuditPart& part, std::int64_t feature);

/// For each row of all parts, one after the other, the first row that equals it.
/// @param hash_bits how many bits of the hashes are looked at: rows are compared, so it changes the cost alone
std::vector<std::int64_t> first_equal_rows(std::span<const AuditPart> parts, int hash_bits = 64);

/// The same matrix with the columns of each row rising, none twice and no zeros.
Csr canonical(const Csr& x);

Classes find_classes(std::span<const AuditPart> parts, const std::optional<bool>& are_classes);

/// P(χ² ≥ statistic) with this many degrees of freedom.
double chi_square_tail(double statistic, double degrees);

std::string number(double v);
/// "1 row", "3 rows"
std::string counted(std::int64_t n, const char* what);

// The checks. Each appends what it finds.
using Findings = std::vector<Finding>;
void check_equal_rows(const AuditSet& set, Findings& out);
void check_classes(const AuditSet& set, Findings& out);
using PartMoments = std::vector<std::vector<Moments>>;
void check_finite(const AuditSet& set, const PartMoments& m, Findings& out);
void check_constant(const AuditSet& set, const PartMoments& m, Findings& out);
void check_scales(const AuditSet& set, const PartMoments& m, Findings& out);
void check_shift(const AuditSet& set, const PartMoments& m, Findings& out);
void check_statistics(const AuditSet& set, const PartMoments& m, Findings& out);
void check_ranges(const AuditSet& set, const PartMoments& m, Findings& out);
void check_time(const AuditSet& set, Findings& out);
void check_target(const AuditSet& set, const PartMoments& m, Findings& out);

}  // namespace xgrad::auditing
