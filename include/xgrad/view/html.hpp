#pragma once
/// \file html: the recorded graph as a page that plays it, forward and backward.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "xgrad/tape/var.hpp"

namespace xgrad::view {

/// What of a graph goes into a page.
struct HtmlOptions {
  std::string title = {};                          ///< of the page; by default made of the result's name
  std::string name = {};                           ///< of the recording, where two are compared
  Var cotangent = {};                              ///< of the result, of its shape; 1 for a scalar where absent
  int order = 0;                                   ///< 1: the graph of the gradient as well. Graphs of scalars with
                                                   ///< up to 4,000 nodes always have it, so that leaves can be edited
  std::optional<std::int64_t> max_values = {};     ///< arrays of at most so many elements are written whole, as text;
                                                   ///< where absent 64, and 8 in graphs of more than 2,000 nodes,
                                                   ///< whose other arrays come as figures without pictures
  bool embed_arrays = false;                       ///< larger ones whole as well, beside their summary
  std::size_t embed_limit = std::size_t{4} << 20;  ///< …but none of more bytes than this
  bool decompositions = true;                      ///< what fused ops stand for, in primitive ops
  std::size_t max_decomposition = 400;             ///< …where that is no more nodes than this
};

/// A graph with its values and a backward sweep over it, as `record` has found them. Needs its tape no longer, so that
/// what was before a step can be compared with what is after it.
class Recording {
 public:
  const std::string& name() const noexcept { return data_->name; }
  /// For the title of a page that shows it alone.
  const std::string& title() const noexcept { return data_->title; }
  /// The recording as JSON, in the format of viewer/src/recording.ts.
  const std::string& json() const& noexcept { return data_->json; }
  std::string json() && { return data_->json; }

  /// For `record`.
  struct Data {
    std::string name, title, json;
  };
  explicit Recording(Data data) : data_(std::make_shared<const Data>(std::move(data))) {}

 private:
  std::shared_ptr<const Data> data_;
};

/// Records everything that `loss` was computed from, and every step of a backward sweep from it: each node's value and
/// gradient, what each rule gave to each operand and how the shares add up, what is saved for whom, time, memory, and
/// the user's lines.
///
/// Nothing that the user can see changes: gradients of Parameters, gradients that the tape keeps, the tape's nodes and
/// the place of the random generator stay as they are, and hooks are not called. The rules of user-made ops run, and
/// so does, once more, every op: the times are those of a second run. Views and user-made ops have no time.
///
/// Memory is what a tape would hold that keeps no values: a value whose handle is gone counts until its last reader was
/// recorded, and longer where a rule will read it. It is the tape's own count: what parameters and data hold themselves
/// is left out.
///
/// @param loss on a tape opened with `{.keep_values = true}`; one element, or any shape with `.cotangent`
/// @throws GraphError on a tape that does not keep values; ArgError for an order other than 0 and 1; NotDifferentiable,
///         ShapeError as `backward`; NotDifferentiable for order 1 where an op has a rule on raw arrays alone
Recording record(const Var& loss, const HtmlOptions& options = {}, Loc loc = Loc::current());

/// A result with the name that its recording is to have.
struct NamedResult {
  std::string name;
  Var result;
};

/// Writes a page, a single file that needs no network, in which the graph of `loss` can be looked at and the backward
/// pass played step by step.
///
/// ```cpp
/// Tape tape({.keep_values = true});
/// auto scope = tape.scope();
/// Var loss = mean(square(matmul(x, w) + b - y));
/// view::html(loss, "tape.html");
/// ```
/// @param path is there whole afterwards, or as it was
/// @throws IoError where the file cannot be written; and as `record`
void html(const Var& loss, const std::string& path, const HtmlOptions& options = {}, Loc loc = Loc::current());

/// The same for one or two results, to be compared side by side: `view::html({{"before", a}, {"after", b}}, path)`.
/// @throws ArgError for none, or more than two
void html(const std::vector<NamedResult>& results, const std::string& path, const HtmlOptions& options = {},
          Loc loc = Loc::current());

/// The same for recordings that are there already. @throws ArgError for none, or more than two; IoError
void html(const std::vector<Recording>& recordings, const std::string& path, const std::string& title = {},
          Loc loc = Loc::current());

}  // namespace xgrad::view
