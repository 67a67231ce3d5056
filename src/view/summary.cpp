#include "xgrad/view/summary.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "view/terminal.hpp"

namespace xgrad {

namespace {

std::string with_commas(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string size_text(std::int64_t bytes) {
  static const char* const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
  double size = static_cast<double>(bytes);
  int unit = 0;
  for (; size >= 1024 && unit < 5; ++unit) size /= 1024;
  char text[40];
  std::snprintf(text, sizeof text, "%.2f %s", size, units[unit]);
  return text;
}

struct Count {
  std::int64_t trained = 0, other = 0, trained_bytes = 0, other_bytes = 0;
};
Count count_of(const Layer& layer) {
  Count c;
  const Parameters trained = layer.parameters();
  for (const Parameter& p : layer.weights()) {
    const bool is_trained = std::find(trained.begin(), trained.end(), p) != trained.end();
    (is_trained ? c.trained : c.other) += p.size();
    (is_trained ? c.trained_bytes : c.other_bytes) += static_cast<std::int64_t>(p.value().bytes());
  }
  return c;
}

std::string shape_text(const Shape& sample) {
  std::string text = "(None";
  for (std::int64_t extent : sample) text += ", " + std::to_string(extent);
  return text + ")";
}

/// Letters as they stand on the screen.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// The lines of a cell: broken at blanks, a word that is too long cut with "…".
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines{""};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, end - at);
    if (word.size() > width) word = word.substr(0, width - 1) + "…";
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (width_of(line) + 1 + width_of(word) <= width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
    at = end + 1;
  }
  return lines;
}

struct Row {
  std::string name, shape, params;
};

void rows_of(const std::vector<Layer>& layers, bool built, int level, bool expand, std::vector<Row>& rows) {
  for (const Layer& layer : layers) {
    const Count c = count_of(layer);
    const std::string margin = level > 0 ? std::string(static_cast<std::size_t>(3 * level), ' ') + "└ " : "";
    rows.push_back({margin + layer.name() + " (" + layer.class_name() + ")",
                    built && layer.built() ? shape_text(layer.output_shape(layer.body()->sample_shape())) : "?",
                    layer.built() ? with_commas(c.trained + c.other) : "0 (unbuilt)"});
    if (expand) rows_of(layer.layers(), built, level + 1, expand, rows);
  }
}

class Table {
 public:
  explicit Table(int line_length) {
    const int ends[] = {static_cast<int>(0.45 * line_length), static_cast<int>(0.8 * line_length), line_length};
    // One border a column, and one more that the column before the last gives.
    widths_ = {static_cast<std::size_t>(ends[0] - 1), static_cast<std::size_t>(ends[1] - ends[0] - 2),
               static_cast<std::size_t>(ends[2] - ends[1] - 1)};
  }
  void rule(const char* left, const char* line, const char* cross, const char* right) {
    text_ += left;
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < widths_[c]; ++i) text_ += line;
      text_ += c + 1 < 3 ? cross : right;
    }
    text_ += '\n';
  }
  void row(const Row& row, const char* border) {
    const std::vector<std::string> cells[] = {wrapped(row.name, widths_[0] - 2), wrapped(row.shape, widths_[1] - 2),
                                              wrapped(row.params, widths_[2] - 2)};
    const std::size_t lines = std::max({cells[0].size(), cells[1].size(), cells[2].size()});
    for (std::size_t i = 0; i < lines; ++i) {
      text_ += border;
      for (std::size_t c = 0; c < 3; ++c) {
        const std::string cell = i < cells[c].size() ? cells[c][i] : "";
        const std::string space(widths_[c] - 2 - width_of(cell), ' ');
        text_ += c == 2 ? " " + space + cell + " " : " " + cell + space + " ";
        text_ += border;
      }
      text_ += '\n';
    }
  }
  std::string& text() { return text_; }

 private:
  std::vector<std::size_t> widths_;
  std::string text_;
};

}  // namespace

std::string summary(const Layer& model, SummaryOptions o) {
  Table table(o.line_length > 0 ? o.line_length : std::min(88, detail::terminal_columns() - 4));
  table.text() = "Model: \"" + model.name() + "\"\n";
  table.rule("┏", "━", "┳", "┓");
  table.row({"Layer (type)", "Output Shape", "Param #"}, "┃");
  table.rule("┡", "━", "╇", "┩");
  std::vector<Row> rows;
  rows_of(model.layers(), model.built(), 0, o.expand_nested, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    table.row(rows[i], "│");
    if (i + 1 < rows.size()) table.rule("├", "─", "┼", "┤");
  }
  table.rule("└", "─", "┴", "┘");
  const Count c = count_of(model);
  const auto line = [&](const char* what, std::int64_t n, std::int64_t bytes) {
    table.text() += std::string(" ") + what + ": " + with_commas(n) + " (" + size_text(bytes) + ")\n";
  };
  line("Total params", c.trained + c.other + o.optimizer_params,
       c.trained_bytes + c.other_bytes + 4 * o.optimizer_params);
  line("Trainable params", c.trained, c.trained_bytes);
  line("Non-trainable params", c.other, c.other_bytes);
  if (o.optimizer_params > 0) line("Optimizer params", o.optimizer_params, 4 * o.optimizer_params);
  return table.text();
}

}  // namespace xgrad
