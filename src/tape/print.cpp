// tape.print() and tape.dot(): the recorded graph as text.

#include <iostream>
#include <ostream>

#include "tape/tape_state.hpp"

namespace xgrad {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// The number of an array of one element, else the array's signature.
std::string short_value(const Array& a) {
  if (a.size() != 1 || !a.has_memory()) return signature(a);
  const std::string text = to_string(a.reshape({}));
  return text.substr(text.rfind(' ') + 1);
}

void print_line(std::ostream& out, const NodeView& n) {
  out << '#' << n.index() << ' ' << n.op() << (n.is_fused() ? "*" : "");
  if (const std::string a = n.attributes(); !a.empty()) out << '(' << a << ')';
  out << "  " << signature(n.value()) << (n.value().size() == 1 && n.live() ? " " + short_value(n.value()) : "");
  if (n.node()->path) out << "  " << n.node()->path;
  if (!n.label().empty()) out << "  '" << n.label() << "'";
  if (n.loc().known()) out << "  " << to_string(n.loc());
  for (int i = 0; i < n.input_count(); ++i) out << (i ? ", #" : "  <- #") << n.input(i).index();
  std::string saves;
  for (int i = 0; i < n.input_count(); ++i)
    if (n.saves_input(i)) saves += (saves.empty() ? "in" : ",in") + std::to_string(i);
  if (!n.is_leaf() && n.saves_output()) saves += saves.empty() ? "out" : ",out";
  if (!saves.empty()) out << "  saves " << saves;
  out << (n.live() ? "  live" : "  freed");
  if (const Array* g = n.grad()) out << "  grad " << short_value(*g);
  out << '\n';
}

}  // namespace

void Tape::print(std::ostream& out) const {
  for (std::size_t i = 0; i < size(); ++i) print_line(out, node(i));
}

void Tape::print() const { print(std::cout); }

std::string Tape::dot() const {
  std::string out = "digraph tape {\n  rankdir=LR;\n  node [fontname=\"Helvetica\", fontsize=11];\n";
  for (std::size_t i = 0; i < size(); ++i) {
    const NodeView n = node(i);
    std::string text = (n.label().empty() ? "" : escaped(n.label()) + "\\n") + escaped(n.op());
    text += "\\n" + escaped(short_value(n.value()));
    if (const Array* g = n.grad()) text += " | grad " + escaped(short_value(*g));
    const char* shape = std::string_view(n.op()) == "parameter" ? "box, style=\"filled,rounded\", fillcolor=\"#dbeafe\""
                        : n.is_leaf()                           ? "box, style=filled, fillcolor=\"#f1f5f9\""
                                                                : "ellipse";
    out += "  n" + std::to_string(i) + " [label=\"" + text + "\", shape=" + shape + "];\n";
    for (int k = 0; k < n.input_count(); ++k)
      out += "  n" + std::to_string(n.input(k).index()) + " -> n" + std::to_string(i) + " [label=\"" +
             escaped(signature(n.input(k).value())) + "\", fontsize=9];\n";
  }
  return out + "}\n";
}

}  // namespace xgrad
