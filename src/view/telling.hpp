#pragma once
// Nodes, values and rules in words: what traces and steppers print.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "view/formulas.hpp"
#include "view/story.hpp"

namespace xgrad::view {

/// Letters of a formula and what to put in their place.
using Letters = std::vector<std::pair<std::string, std::string>>;

/// A formula with letters replaced. Letters are whole words: the x of "x · sin x", and not that of "max".
std::string with_letters(std::string_view formula, const Letters& letters);
/// Whether a formula is made of these letters, signs, numbers and names of functions only, so that numbers can take
/// the letters' places.
bool is_plain(std::string_view formula, const Letters& letters);

/// An array of at most so many elements as its numbers, else its type, range and mean.
std::string value_text(const Array& a, std::int64_t elements);
/// Text of the user's (labels, source lines) without what would control a terminal.
std::string shown(std::string_view text);

/// A line of the user's, without its margin. Empty where the file cannot be read.
std::string source_line(Loc loc);
/// The same with its margin; nothing where there is no such line.
std::optional<std::string> whole_source_line(Loc loc);

/// Tells nodes and rules of a story.
class Teller {
 public:
  Teller(const Story& story, std::int64_t elements) : story_(story), elements_(elements) {}

  /// "#3", or "#3 f" of a labelled node.
  std::string name(const NodeView& n) const;
  /// "#3 f = sum · y = 5 · 3 = 15   multiply"
  std::string forward(const NodeView& n) const;
  /// "#3 f = sum · y"
  std::string head(const NodeView& n) const;
  /// "gradient 5 + 3 = 8, from #3 and #2", after so many rules
  std::string gradient(const NodeView& n, std::size_t rules_run) const;
  /// The lines of a rule, one for each share: "ā = ȳ · b = 1 · 3 = 3   to #2 sum"
  std::vector<std::string> rule(const ToldRule& r) const;
  std::string value(const Array& a) const { return value_text(a, elements_); }

 private:
  std::string letter(const NodeView& n) const;
  Letters names_of(const NodeView& n, const NodeFormulas& f) const;
  Letters numbers_of(const NodeView& n, const NodeFormulas& f, const Array* cotangent) const;

  const Story& story_;
  std::int64_t elements_;
};

}  // namespace xgrad::view
