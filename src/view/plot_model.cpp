#include "xgrad/view/plot_model.hpp"

#include "core/atomic_file.hpp"
#include "view/plot.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string shape_text(const Shape& sample) {
  std::string text = "(n";
  for (std::int64_t extent : sample) text += ", " + std::to_string(extent);
  return text + ")";
}

class Drawer {
 public:
  std::string whole(const Layer& model) {
    text_ =
        "digraph model {\n  rankdir=TB;\n  node [fontname=\"Helvetica\", fontsize=11, shape=box, "
        "style=\"filled,rounded\", "
        "fillcolor=\"#eef4fb\", color=\"#5b7fa6\"];\n  edge [color=\"#555555\"];\n  "
        "graph [fontname=\"Helvetica\", fontsize=11];\n";
    const std::string in = model.built() ? "input\\n" + shape_text(model.body()->sample_shape()) : "input";
    text_ += "  in [label=\"" + in + "\", shape=ellipse, fillcolor=\"#f5f5f5\", color=\"#888888\"];\n";
    if (model.layers().empty()) {
      single(model, "in", "  ");
    } else {
      inside(model, "in", "  ");
    }
    return text_ + edges_ + "}\n";
  }

 private:
  /// Draws a layer after a node; the name of its last node.
  std::string after(const Layer& layer, const std::string& from, const std::string& indent) {
    if (layer.layers().empty()) return single(layer, from, indent);
    text_ += indent + "subgraph cluster_" + std::to_string(count_++) + " {\n" + indent + "  label=\"" +
             escaped(layer.name() + " (" + layer.class_name() + ")") + "\"; color=\"#9bb0c7\"; style=rounded;\n";
    const std::string last = inside(layer, from, indent + "  ");
    text_ += indent + "}\n";
    return last;
  }

  std::string inside(const Layer& layer, const std::string& from, const std::string& indent) {
    const std::string kind = layer.class_name();
    if (kind == "Add" || kind == "Concatenate") {
      std::vector<std::string> ends;
      for (const Layer& branch : layer.layers()) ends.push_back(after(branch, from, indent));
      return join(kind == "Add" ? "+" : "concatenate", ends, indent);
    }
    std::string last = from;
    for (const Layer& next : layer.layers()) last = after(next, last, indent);
    return kind == "Residual" ? join("+", {from, last}, indent) : last;
  }

  std::string single(const Layer& layer, const std::string& from, const std::string& indent) {
    const std::string node = "l" + std::to_string(count_++);
    std::string label = escaped(layer.name()) + "\\n" + escaped(layer.class_name());
    if (layer.built()) {
      const Shape before = layer.body()->sample_shape();
      label += "\\n" + shape_text(before) + " → " + shape_text(layer.output_shape(before));
    }
    text_ += indent + node + " [label=\"" + label + "\"];\n";
    edges_ += "  " + from + " -> " + node + ";\n";
    return node;
  }

  std::string join(const std::string& sign, const std::vector<std::string>& ends, const std::string& indent) {
    const std::string node = "j" + std::to_string(count_++);
    text_ += indent + node + " [label=\"" + sign + "\", shape=ellipse, fillcolor=\"#fff4e0\", color=\"#c58a1c\"];\n";
    for (const std::string& end : ends) edges_ += "  " + end + " -> " + node + ";\n";
    return node;
  }

  std::string text_, edges_;  // an edge named inside of a frame would draw its ends into it
  int count_ = 0;
};

}  // namespace

std::string model_dot(const Layer& model) { return Drawer().whole(model); }

void plot_model(const Layer& model, const std::string& path, Loc loc) {
  const std::string text = model_dot(model);
  if (path.ends_with(".dot")) {
    detail::AtomicFile file(path, "plot_model", loc);
    file.write(text.data(), text.size());
    file.commit();
    return;
  }
  const bool svg = path.ends_with(".svg");
  if (!svg && !path.ends_with(".png"))
    throw ArgError("plot_model", "needs a path that ends in .dot, .svg or .png; got '" + path + "'", loc);
  detail::draw_with({"dot", svg ? "-Tsvg" : "-Tpng"}, text, "Debian: apt-get install graphviz; .dot needs no program",
                    "plot_model", path, loc);
}

}  // namespace xgrad
