#include "xgrad/view/trace.hpp"

#include <iostream>

#include "tape/tape_state.hpp"
#include "view/telling.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad::view {

namespace {

std::string counted(std::size_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

void tell_forward(const Story& story, const Teller& teller, const TraceOptions& options, std::string& text) {
  std::size_t ops = 0;
  for (const std::size_t i : story.nodes) ops += !story.node(i).is_leaf();
  std::size_t skip = ops > options.ops ? ops - options.ops : 0;
  text += "Forward\n";
  for (const std::size_t i : story.nodes)
    if (const NodeView n = story.node(i); n.is_leaf()) text += "  " + teller.forward(n) + "\n";
  if (skip) text += "  … " + counted(skip, "op") + " left out (TraceOptions::ops) …\n";
  Loc line;
  for (const std::size_t i : story.nodes) {
    const NodeView n = story.node(i);
    if (n.is_leaf() || (skip && skip--)) continue;
    const Loc here = n.loc();
    if (options.lines && here.known() && (here.line != line.line || std::string_view(here.file) != line.file)) {
      const std::string source = source_line(here);
      text += "\n  " + to_string(here) + (source.empty() ? "" : "   " + source) + "\n";
      line = here;
    }
    text += "  " + teller.forward(n) + "\n";
  }
}

void tell_backward(const Story& story, const Teller& teller, const TraceOptions& options, std::string& text) {
  text += "\nBackward\n";
  const std::size_t told = std::min(options.ops, story.rules.size());
  for (std::size_t r = 0; r < told; ++r) {
    const NodeView n = story.node(story.rules[r].node);
    text += "  " + teller.head(n) + "   " + teller.gradient(n, r) + "\n";
    // The other results of the op, where something has arrived at them.
    for (int j = 1, outputs = detail::output_count(*n.node()); j < outputs; ++j) {
      const NodeView other = story.node(n.index() + static_cast<std::size_t>(j));
      if (!story.arrived(other.index(), r).empty())
        text += "  and " + teller.name(other) + "   " + teller.gradient(other, r) + "\n";
    }
    for (const std::string& line : teller.rule(story.rules[r])) text += "    " + line + "\n";
  }
  if (told < story.rules.size())
    text += "  … " + counted(story.rules.size() - told, "rule") + " left out (TraceOptions::ops) …\n";
}

}  // namespace

std::string trace_text(const Var& result, const TraceOptions& options, Loc loc) {
  const Story story = story_of("trace", result, loc);
  const Teller teller(story, options.elements);
  std::string text;
  tell_forward(story, teller, options, text);
  tell_backward(story, teller, options, text);
  text += "\nGradients\n";
  for (const std::size_t i : story.nodes)
    if (const NodeView n = story.node(i); n.is_leaf() && n.needs_grad())
      text += "  " + teller.name(n) + "   " + teller.gradient(n, story.rules.size()) + "\n";
  return text;
}

void trace(const Var& result, std::ostream& out, const TraceOptions& options, Loc loc) {
  out << trace_text(result, options, loc);
}
void trace(const Var& result, Loc loc) { trace(result, std::cout, {}, loc); }

}  // namespace xgrad::view
