#include "view/telling.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "tape/tape_state.hpp"
#include "view/sources.hpp"
#include "xgrad/core/error.hpp"
#include "xgrad/view/describe.hpp"

namespace xgrad::view {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The character at a place: one code point.
std::string_view character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && continues(text[end])) ++end;
  return text.substr(at, end - at);
}

/// Whether a character belongs to a word: letters with and without accents, Greek ones, bars and low numbers on them.
bool in_word(std::string_view c) {
  if (c.size() == 1) return (c[0] >= 'a' && c[0] <= 'z') || (c[0] >= 'A' && c[0] <= 'Z') || c[0] == '_';
  const auto lead = static_cast<unsigned char>(c[0]), next = static_cast<unsigned char>(c[1]);
  if (lead >= 0xC3 && lead <= 0xC9) return c != "×" && c != "÷";
  if (lead == 0xCE || lead == 0xCF) return c != "Σ" && c != "Π" && c != "π";
  if (c == "\xCC\x84") return true;                                                                  // the bar
  return c.size() == 3 && lead == 0xE2 && next == 0x82 && static_cast<unsigned char>(c[2]) <= 0x89;  // ₀ … ₉
}

/// Calls word(text) and rest(text) for the words of a formula and what stands between them.
template <class Word, class Rest>
void for_words(std::string_view formula, Word word, Rest rest) {
  for (std::size_t at = 0; at < formula.size();) {
    std::size_t end = at;
    while (end < formula.size() && in_word(character(formula, end))) end += character(formula, end).size();
    if (end > at) {
      word(formula.substr(at, end - at));
    } else {
      end += character(formula, at).size();
      rest(formula.substr(at, end - at));
    }
    at = end;
  }
}

const std::string* find(const Letters& letters, std::string_view word) {
  for (const auto& [letter, text] : letters)
    if (letter == word) return &text;
  return nullptr;
}

bool is_function(std::string_view word) {
  static constexpr std::string_view functions[] = {
      "sin", "cos", "tan", "asin", "acos", "atan",   "sinh", "cosh", "tanh",     "exp", "ln", "log₂", "log₁₀", "erf",
      "max", "min", "and", "or",   "not",  "either", "sign", "relu", "softplus", "Σ",   "σ",  "Γ",    "ψ",     "trunc"};
  return std::find(std::begin(functions), std::end(functions), word) != std::end(functions);
}

std::string number(double v) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

/// A negative number, where it is a part of something.
std::string in_brackets(const std::string& number) { return number[0] == '-' ? "(" + number + ")" : number; }

void append_axis(const Array& a, const double* v, int axis, std::int64_t& at, std::string& text) {
  if (axis == a.rank()) {
    text += number(v[at++]);
    return;
  }
  text += '[';
  for (std::int64_t i = 0; i < a.shape()[axis]; ++i) {
    if (i) text += ' ';
    append_axis(a, v, axis + 1, at, text);
  }
  text += ']';
}

/// What follows "y = ", or nothing where a formula does not begin so.
std::string_view right_side(std::string_view formula) {
  const std::size_t equals = formula.find(" = ");
  return equals == std::string_view::npos || formula.substr(0, equals).find(' ') != std::string_view::npos
             ? std::string_view{}
             : formula.substr(equals + 3);
}

/// "#3 and #2", "#3 twice", "#9, #7 and #4"
std::string readers_text(const std::vector<const ToldShare*>& shares) {
  std::vector<std::pair<std::size_t, int>> readers;
  for (const ToldShare* s : shares) {
    if (!readers.empty() && readers.back().first == s->reader) {
      ++readers.back().second;
    } else {
      readers.emplace_back(s->reader, 1);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (i) text += i + 1 == readers.size() ? " and " : ", ";
    text += "#" + std::to_string(readers[i].first);
    if (readers[i].second == 2) text += " twice";
    if (readers[i].second > 2) text += " " + std::to_string(readers[i].second) + " times";
  }
  return text;
}

}  // namespace

std::string with_letters(std::string_view formula, const Letters& letters) {
  std::string text;
  for_words(
      formula,
      [&](std::string_view word) {
        const std::string* other = find(letters, word);
        text += other ? *other : std::string(word);
      },
      [&](std::string_view rest) { text += rest; });
  return text;
}

bool is_plain(std::string_view formula, const Letters& letters) {
  bool plain = true;
  for_words(
      formula, [&](std::string_view word) { plain = plain && (find(letters, word) || is_function(word)); },
      [&](std::string_view rest) { plain = plain && rest != "'" && rest != "," && rest != "′"; });
  return plain;
}

std::string value_text(const Array& a, std::int64_t elements) {
  if (a.size() == 0) return signature(a) + " without elements";
  if (a.size() > elements) {
    const Description d = describe(a);
    std::string text = signature(a);
    if (d.finite > 0) text += " from " + number(d.lowest) + " to " + number(d.highest) + ", mean " + number(d.mean);
    if (d.nan > 0) text += ", " + std::to_string(d.nan) + " NaN";
    if (d.inf > 0) text += ", " + std::to_string(d.inf) + " infinite";
    return text;
  }
  const Array wide = a.astype(DType::float64);
  const double* v = wide.data<double>();
  if (a.size() == 1) return number(v[0]);
  std::string text;
  std::int64_t at = 0;
  append_axis(a, v, 0, at, text);
  return text;
}

std::string shown(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view c = character(text, at);
    const auto byte = static_cast<unsigned char>(c[0]);
    const bool control = byte < 0x20 || byte == 0x7F || (byte == 0xC2 && c.size() > 1 && c[1] < '\xA0');
    clean += control ? std::string_view(" ") : c;
    at += c.size();
  }
  return clean;
}

std::optional<std::string> whole_source_line(Loc loc) {
  if (!loc.known()) return {};
  const std::string path = find_source(loc.file);
  if (path.empty()) return {};
  std::ifstream file(path);
  std::string line;
  for (unsigned i = 0; i < loc.line; ++i)
    if (!std::getline(file, line)) return {};
  return shown(line);
}

std::string source_line(Loc loc) {
  const std::string line = whole_source_line(loc).value_or("");
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : line.substr(begin);
}

std::string Teller::name(const NodeView& n) const {
  return "#" + std::to_string(n.index()) + (n.label().empty() ? "" : " " + shown(n.label()));
}
std::string Teller::letter(const NodeView& n) const {
  if (!n.label().empty()) return shown(n.label());
  // A number that stands in the user's line is best shown as itself.
  if (n.is_leaf() && !n.needs_grad() && n.value().size() == 1) return in_brackets(value(n.value()));
  return "#" + std::to_string(n.index());
}

Letters Teller::names_of(const NodeView& n, const NodeFormulas& f) const {
  Letters letters;
  for (std::size_t i = 0; i < f.names.size(); ++i)
    letters.emplace_back(f.names[i], letter(n.input(static_cast<int>(i))));
  return letters;
}

/// Empty where a value has several elements.
Letters Teller::numbers_of(const NodeView& n, const NodeFormulas& f, const Array* cotangent) const {
  Letters letters;
  bool numbers = true;
  const auto add = [&](const std::string& name, const Array& a) {
    numbers = numbers && a.size() == 1;
    if (!numbers) return;
    letters.emplace_back(name, in_brackets(value(a)));
  };
  for (std::size_t i = 0; i < f.names.size(); ++i) add(f.names[i], n.input(static_cast<int>(i)).value());
  if (cotangent) {
    add("ȳ", *cotangent);
    add("y", n.value());
  }
  return numbers ? letters : Letters{};
}

std::string Teller::head(const NodeView& n) const {
  if (n.is_leaf()) return name(n);
  const NodeView op(detail::first_output(n.node()));
  const NodeFormulas f = formulas_of(op);
  const Letters names = names_of(op, f);
  const std::string_view right = right_side(f.forward);
  return name(n) + (right.empty() ? ": " + with_letters(f.forward, names) : " = " + with_letters(right, names));
}

std::string Teller::forward(const NodeView& n) const {
  std::string text = head(n);
  if (!n.is_leaf()) {
    const NodeView op(detail::first_output(n.node()));
    const NodeFormulas f = formulas_of(op);
    const Letters numbers = numbers_of(op, f, nullptr);
    const std::string_view right = right_side(f.forward);
    if (!numbers.empty() && !right.empty() && is_plain(right, numbers)) text += " = " + with_letters(right, numbers);
  }
  const std::string result = value(n.value());
  text += (text.size() + result.size() > 100 ? "\n      = " : " = ") + result;
  text += std::string("   ") + n.op();
  if (const std::string settings = n.attributes(); !settings.empty()) text += " (" + shown(settings) + ")";
  if (n.node()->path) text += " in " + shown(n.node()->path);
  return text;
}

std::string Teller::gradient(const NodeView& n, std::size_t rules_run) const {
  const bool is_result = n.node() == story_.result.node();
  const std::vector<const ToldShare*> shares = story_.arrived(n.index(), rules_run);
  if (is_result && shares.empty()) return "gradient " + value(story_.start) + ", where the sweep starts";
  if (shares.empty()) return "gradient none";
  std::string text = "gradient ";
  if (shares.size() > 1) {
    if (shares[0]->share.size() <= elements_) {
      for (std::size_t i = 0; i < shares.size(); ++i)
        text += i ? " + " + in_brackets(value(shares[i]->share)) : value(shares[i]->share);
    } else {
      text += "the sum of " + std::to_string(shares.size()) + " shares";
    }
    text += " = ";
  }
  return text + value(total_of(shares)) + ", from " + readers_text(shares);
}

std::vector<std::string> Teller::rule(const ToldRule& r) const {
  const NodeView n = story_.node(r.node);
  const NodeFormulas f = formulas_of(n);
  const Letters numbers = numbers_of(n, f, &r.cotangent);
  std::vector<std::string> lines;
  for (const ToldShare& s : r.given) {
    const std::string& formula = f.backward[static_cast<std::size_t>(s.operand)];
    const std::string_view right = right_side(formula);
    std::string text = formula;
    if (!numbers.empty() && !right.empty() && is_plain(right, numbers) && right != "ȳ")
      text += " = " + with_letters(right, numbers);
    const bool summed = f.broadcasts && s.share.shape() != n.shape();
    if (summed) text += ", summed to " + s.share.shape().to_string() + ",";
    const std::string share = value(s.share);
    text += (text.size() + share.size() > 100 ? "\n      = " : " = ") + share;
    lines.push_back(text + "   to " + name(story_.node(s.to)));
  }
  return lines;
}

}  // namespace xgrad::view
