#pragma once
/// \file audit: what a data set hides that would spoil a training, or what is measured after it.

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "xgrad/core/csr.hpp"
#include "xgrad/data/sequences.hpp"

namespace xgrad {

namespace auditing {
struct Inputs;
}

/// One part of a data set as `audit` reads it: inputs and targets, one sample a row. Made of `{x, y}`, of x alone, or
/// of anything with an x and a y, as the loaders and `train_test_split` return them; nothing is copied.
class AuditData {
 public:
  /// No samples.
  AuditData() = default;
  AuditData(Array x);               // NOLINT
  AuditData(Csr x);                 // NOLINT
  AuditData(Sequences x);           // NOLINT
  AuditData(Array x, Array y);      // NOLINT
  AuditData(Csr x, Array y);        // NOLINT
  AuditData(Sequences x, Array y);  // NOLINT
  template <class S>
  requires requires(const S& s) {
    s.x;
    s.y;
  }
  AuditData(const S& samples) : AuditData(samples.x, samples.y) {}  // NOLINT

  /// False for a default-made one.
  bool given() const noexcept { return inputs_ != nullptr; }
  /// What it was made of.
  const auditing::Inputs& inputs() const noexcept;

 private:
  std::shared_ptr<const auditing::Inputs> inputs_;
};

/// What `audit` is to know, and where it draws its lines.
struct AuditOptions {
  /// The feature that holds each sample's time, whatever its unit; −1 is the last. A sample's features are counted
  /// through all its axes.
  std::optional<std::int64_t> time_column = std::nullopt;
  /// Whether targets are classes. None: integers and bools with at most 1000 different values are, whole floats from 0
  /// with at most 20, and rows with a single 1 among zeros.
  std::optional<bool> classes = std::nullopt;
  /// A difference between the parts is reported where a random split would show it, or a larger one, less often than
  /// this; where many features or classes are looked at, the chance is shared between them.
  double significance = 1e-4;
  /// How many rows, features and classes a finding names; it counts all.
  int named = 5;
  /// For the report: one for each feature, else they are numbered.
  std::vector<std::string> feature_names = {};
};

/// The parts of a data set.
enum class DataPart : std::uint8_t { train, validation, test };

/// How much a finding matters.
enum class Severity : std::uint8_t {
  note,     ///< worth knowing
  warning,  ///< training, or what is measured, suffers
  error     ///< what is measured is not what it seems
};

/// What a finding is about.
enum class FindingKind : std::uint8_t {
  shared_rows,           ///< samples of one part that stand in another
  repeated_rows,         ///< samples that stand several times in the training part
  contradictory_labels,  ///< equal samples with different targets
  unknown_class,         ///< a class that the training part lacks
  missing_class,         ///< a class that a held-out part lacks
  unlike_classes,        ///< shares of the classes that differ between the parts
  imbalance,             ///< classes of very different size
  not_finite,            ///< NaN or infinity
  constant_feature,      ///< a feature that never varies while training
  unlike_scales,         ///< features of very different size
  shift,                 ///< values that the training part does not prepare for
  leaked_statistics,     ///< features scaled by statistics of the samples held out
  future,                ///< training samples later than those held out
  leaked_target          ///< a feature that gives the target away
};

/// A sample: its part, and its row there.
struct DataRow {
  DataPart part;
  std::int64_t row;
  friend bool operator==(const DataRow&, const DataRow&) = default;
};

/// One thing that `audit` found.
struct Finding {
  FindingKind kind;
  Severity severity;
  std::string message;                      ///< what was found, and where
  std::string why;                          ///< why it matters
  std::string advice;                       ///< what to write instead
  std::int64_t count = 0;                   ///< how many rows, features or classes it is about
  std::vector<DataRow> rows = {};           ///< the first of them; pairs one after the other for equal rows
  std::vector<std::int64_t> features = {};  ///< their numbers
  std::vector<std::int64_t> classes = {};   ///< their labels
};

/// The report of `audit`: what was found, the gravest first.
struct Audit {
  std::string subject;  ///< what was looked at, in a line
  std::vector<Finding> findings;

  /// No errors and no warnings; notes there may be.
  bool clean() const noexcept;
  bool has(FindingKind kind) const noexcept { return find(kind) != nullptr; }
  /// The first finding of this kind; null where there is none.
  const Finding* find(FindingKind kind) const noexcept;
  /// The subject, then each finding with its reason and its advice.
  std::string to_string() const;
};
std::ostream& operator<<(std::ostream& out, const Audit& audit);

/// "train", "validation" or "test"
const char* name_of(DataPart part) noexcept;
/// "note", "warning" or "error"
const char* name_of(Severity severity) noexcept;
/// "shared rows", "unknown class", …
const char* name_of(FindingKind kind) noexcept;

/// Looks through the parts of a data set for what makes results worse, or better than they are.
///
/// - **Equal samples** in two parts, or repeated in the training part, and equal samples with different targets. Exact
///   ones only (−0 equals 0, NaN equals NaN), compared number by number. Where more than a fifth of the training
///   samples repeat others, they take few values and equal rows are to be expected: a note.
/// - **Classes** that a part lacks; shares that differ by more than chance allows (a χ² test for each held-out part
///   against the training part, classes expected fewer than 5 times taken together, and a difference of at least 1 % of
///   the samples); a class ten times as frequent as another, where chance does not make equal ones so.
/// - **Features** that are not finite; constant in training; standard deviations (of those that vary in a tenth of
///   the samples at least) that differ by a factor of 100 or more; values outside the range seen in training, by
///   3 standard deviations or more, in more samples than a random split would put there; means that differ by a
///   standard deviation or more.
/// - **Statistics of held-out samples**: features that have mean 0 and standard deviation 1 (of the population or the
///   sample), or minimum 0 or −1 and maximum 1, over training and held-out samples together but not over the training
///   samples, or over held-out samples by themselves; feature by feature, by the last axis, or all as one. Reported
///   where chance would bring them so close less than once in 10⁷. With the training and validation samples together: a
///   note.
/// - **Time**: training samples later than the earliest one held out.
/// - **The target among the features**: a feature that is constant within each class, or affine in the target.
///
/// Only the equal samples and the classes are looked at in Sequences; scales and statistics in no sparse matrix.
/// Linear in the size of the data; threads share the work.
///
/// ```cpp
/// auto [train, test] = datasets::reuters({.num_words = 10000});
/// Audit report = audit(train, test);
/// std::cout << report;
/// if (report.has(FindingKind::shared_rows)) { /* … */ }
/// ```
///
/// @param train,validation,test x [n, s…], s… and the type alike in all, and y one row for each sample; validation or
///   test may be empty
/// @throws ShapeError, DTypeError for parts that disagree; IndexError for a time column that there is not; ArgError for
///   no training samples, a significance outside 0 … 1, names for another number of features, and a time column of
///   Sequences
Audit audit(const AuditData& train, const AuditData& validation, const AuditData& test,
            const AuditOptions& options = {}, Loc loc = Loc::current());
Audit audit(const AuditData& train, const AuditData& test, const AuditOptions& options = {}, Loc loc = Loc::current());

}  // namespace xgrad
