#include "xgrad/view/step.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <optional>

#include "view/telling.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad::view {

namespace {

constexpr std::int64_t few_elements = 12;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

/// The whole of the text as a number from 0.
std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

/// A play: first the ops in their order, then the rules. `at_` of them have happened.
class Play {
 public:
  Play(const Var& result, std::istream& in, std::ostream& out, Loc loc)
      : story_(story_of("step", result, loc)), teller_(story_, few_elements), in_(in), out_(out) {
    for (const std::size_t i : story_.nodes)
      if (!story_.node(i).is_leaf()) ops_.push_back(i);
  }

  void run() {
    out_ << "The leaves are there; " << ops_.size() << (ops_.size() == 1 ? " op" : " ops") << " and then "
         << story_.rules.size() << (story_.rules.size() == 1 ? " rule" : " rules")
         << " follow. `next` begins, `help` lists the commands.\n";
    std::string last = "next";
    for (std::string line; prompt() && std::getline(in_, line);) {
      std::string_view command = trimmed(line);
      if (command.empty()) command = last;
      const std::string now(command);
      if (!obey(now)) return;
      last = now;
    }
    out_ << '\n';
  }

 private:
  std::size_t length() const { return ops_.size() + story_.rules.size(); }
  std::size_t rules_run() const { return at_ > ops_.size() ? at_ - ops_.size() : 0; }
  bool is_op(std::size_t event) const { return event < ops_.size(); }
  NodeView node_of(std::size_t event) const {
    return story_.node(is_op(event) ? ops_[event] : story_.rules[event - ops_.size()].node);
  }
  /// Whether an op or rule has to do with a node: computes it, passes its gradient on, or gives it a share.
  bool concerns(std::size_t event, std::size_t node) const {
    if (node_of(event).index() == node) return true;
    if (is_op(event)) return false;
    const std::vector<ToldShare>& given = story_.rules[event - ops_.size()].given;
    return story_.node(node).is_leaf() &&
           std::any_of(given.begin(), given.end(), [node](const ToldShare& s) { return s.to == node; });
  }

  bool prompt() {
    out_ << "step " << at_ << "/" << length() << "> " << std::flush;
    return true;
  }

  /// @return false: the play is over
  bool obey(const std::string& line) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view name = std::string_view(line).substr(0, end),
                           rest = trimmed(std::string_view(line).substr(end));
    const auto is = [name](std::string_view command) { return command.substr(0, name.size()) == name; };
    if (is("next")) {
      move(rest, true);
    } else if (is("back")) {
      move(rest, false);
    } else if (is("continue")) {
      go_on(rest);
    } else if (is("print")) {
      print(rest);
    } else if (is("where")) {
      where();
    } else if (is("list")) {
      list();
    } else if (is("help") || name == "?") {
      help();
    } else if (is("quit")) {
      return false;
    } else {
      out_ << "There is no command \"" << shown(name) << "\"; `help` lists them.\n";
    }
    return true;
  }

  void move(std::string_view count, bool on) {
    std::size_t n = 1;
    if (!count.empty()) {
      const std::optional<std::size_t> given = number_in(count);
      if (!given || *given == 0) {
        out_ << (on ? "next" : "back") << " takes a count from 1; got \"" << shown(count) << "\".\n";
        return;
      }
      n = *given;
    }
    if (on ? at_ == length() : at_ == 0) {
      out_ << (on ? "That was the end; `back` takes steps back.\n" : "That is the beginning.\n");
      return;
    }
    for (; n > 0 && (on ? at_ < length() : at_ > 0); --n) {
      if (on) {
        tell(at_++);
      } else {
        --at_;
        out_ << "taken back: " << (is_op(at_) ? "" : "the rule of ") << teller_.head(node_of(at_)) << '\n';
      }
    }
    if (on && at_ == length()) tell_end();
  }

  /// What happens at an event. `at_` still stands before it, or after it: the text is the same.
  void tell(std::size_t event) {
    if (is_op(event)) {
      if (event == 0) out_ << "Forward\n";
      out_ << "  " << teller_.forward(node_of(event)) << '\n';
      return;
    }
    const std::size_t r = event - ops_.size();
    if (r == 0) out_ << "Backward\n";
    const NodeView n = node_of(event);
    out_ << "  " << teller_.head(n) << "   " << teller_.gradient(n, r) << '\n';
    for (const std::string& line : teller_.rule(story_.rules[r])) out_ << "    " << line << '\n';
    // A share is not alone: spell out the sum so far.
    std::vector<std::size_t> told;
    for (const ToldShare& s : story_.rules[r].given) {
      if (std::find(told.begin(), told.end(), s.to) != told.end() || story_.arrived(s.to, r + 1).size() < 2) continue;
      told.push_back(s.to);
      out_ << "    so far " << teller_.name(story_.node(s.to)) << "   " << teller_.gradient(story_.node(s.to), r + 1)
           << '\n';
    }
  }

  void tell_end() {
    out_ << "Gradients\n";
    for (const std::size_t i : story_.nodes)
      if (const NodeView n = story_.node(i); n.is_leaf() && n.needs_grad())
        out_ << "  " << teller_.name(n) << "   " << teller_.gradient(n, story_.rules.size()) << '\n';
  }

  void go_on(std::string_view where) {
    if (at_ == length()) return move({}, true);
    std::size_t stop = at_ < ops_.size() ? ops_.size() : length();
    if (!where.empty()) {
      const std::optional<std::size_t> node = find(where);
      if (!node) return;
      for (stop = at_; stop < length() && !concerns(stop, *node); ++stop) {
      }
      if (stop == length()) {
        out_ << "Nothing more happens at " << teller_.name(story_.node(*node)) << ".\n";
        return;
      }
      ++stop;
    }
    at_ = stop - 1;
    move({}, true);
  }

  /// The node that a label or number means. Says why where there is none.
  std::optional<std::size_t> find(std::string_view text) {
    std::vector<std::size_t> found;
    for (const std::size_t i : story_.nodes)
      if (story_.node(i).label() == text) found.push_back(i);
    if (found.empty())
      if (const auto index = number_in(text.substr(text.front() == '#' ? 1 : 0));
          index && std::binary_search(story_.nodes.begin(), story_.nodes.end(), *index))
        return index;
    if (found.size() == 1) return found[0];
    if (found.empty()) {
      out_ << "No node of this graph is called \"" << shown(text) << "\"; `list` shows them.\n";
    } else {
      out_ << "Several are called \"" << shown(text) << "\":";
      for (const std::size_t i : found) out_ << " #" << i;
      out_ << "; say its number.\n";
    }
    return {};
  }

  void print(std::string_view what) {
    if (what.empty()) {
      out_ << "print takes a label or a number; `list` shows them.\n";
      return;
    }
    const std::optional<std::size_t> index = find(what);
    if (!index) return;
    const NodeView n = story_.node(*index);
    const auto op = std::find(ops_.begin(), ops_.end(), *index);
    if (op != ops_.end() && static_cast<std::size_t>(op - ops_.begin()) >= at_) {
      out_ << "  " << teller_.head(n) << "   is not computed yet\n";
      return;
    }
    out_ << "  "
         << (n.value().size() > few_elements ? teller_.name(n) + "   " + to_string(n.value()) : teller_.forward(n))
         << '\n';
    if (!n.needs_grad()) {
      out_ << "  no gradient flows to it\n";
      return;
    }
    const bool result = n.node() == story_.result.node();
    if (story_.arrived(*index, rules_run()).empty() && !(result && at_ >= ops_.size())) {
      out_ << "  no gradient has arrived yet\n";
      return;
    }
    const std::size_t now = story_.arrived(*index, rules_run()).size(),
                      all = story_.arrived(*index, story_.rules.size()).size();
    out_ << "  " << teller_.gradient(n, rules_run());
    if (now < all) out_ << "; " << all - now << (all - now == 1 ? " share is" : " shares are") << " yet to come";
    out_ << '\n';
    if (!result && n.value().size() > few_elements)
      out_ << "  " << to_string(total_of(story_.arrived(*index, rules_run()))) << '\n';
  }

  void where() {
    if (at_ == 0) {
      out_ << "At the beginning: nothing is computed yet.\n";
      return;
    }
    const NodeView n = node_of(at_ - 1);
    out_ << "  after " << (is_op(at_ - 1) ? "op " : "the rule of ") << teller_.head(n) << '\n';
    const Loc loc = n.loc();
    if (!loc.known()) return;
    out_ << "  " << to_string(loc) << '\n';
    for (unsigned line = loc.line > 2 ? loc.line - 2 : 1; line <= loc.line + 2; ++line) {
      const std::optional<std::string> source = whole_source_line({loc.file, line});
      if (!source) continue;
      std::string number = std::to_string(line);
      number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
      out_ << (line == loc.line ? " > " : "   ") << number << "  " << *source << '\n';
    }
  }

  void list() {
    std::size_t happened = 0;
    for (const std::size_t i : story_.nodes) {
      const NodeView n = story_.node(i);
      const bool done = n.is_leaf() || happened++ < at_;
      const bool here = at_ > 0 && node_of(at_ - 1).index() == i;
      out_ << (here ? " > " : "   ") << (done ? teller_.forward(n) : teller_.head(n));
      if (!story_.arrived(i, rules_run()).empty()) out_ << "   " << teller_.gradient(n, rules_run());
      out_ << '\n';
    }
  }

  void help() {
    out_ << "  next [n]      the next op or rule, or n of them\n"
            "  back [n]      takes the last back\n"
            "  continue [X]  goes on until something happens at X; alone: to the result, then to the end\n"
            "  print X       value and gradient of X, a label or a number\n"
            "  where         your line\n"
            "  list          every node\n"
            "  quit, help\n"
            "One letter is enough; an empty line repeats the last command.\n";
  }

  Story story_;
  Teller teller_;
  std::istream& in_;
  std::ostream& out_;
  std::vector<std::size_t> ops_;
  std::size_t at_ = 0;
};

}  // namespace

void step(const Var& result, std::istream& in, std::ostream& out, Loc loc) { Play(result, in, out, loc).run(); }
void step(const Var& result, Loc loc) { step(result, std::cin, std::cout, loc); }

}  // namespace xgrad::view
