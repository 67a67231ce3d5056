#include "xgrad/view/plot_model.hpp"

#include <map>
#include <set>

#include "core/atomic_file.hpp"
#include "view/plot.hpp"
#include "xgrad/core/error.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/tape/node_view.hpp"
#include "xgrad/tape/tape.hpp"

namespace xgrad {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : detail::printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
    if (c == '&') out += "amp;";  // else "&lt;" would be drawn as what it stands for
  }
  return out;
}

std::string shape_text(const Shape& sample) {
  std::string text = "(n";
  for (std::int64_t extent : sample) text += ", " + std::to_string(extent);
  return text + ")";
}

constexpr std::size_t the_input = static_cast<std::size_t>(-1);

/// A call of an inner layer, and whose results it reads: places among the calls, or the input; none: nothing that a
/// tape knows, as whole numbers.
struct Use {
  Layer layer;
  std::set<std::size_t> reads;
};
struct Wiring {
  std::vector<Use> uses;
  Use result;                  // what the model gives, as if a layer gave it
  const char* last = nullptr;  // the op that gives it; null where a layer does
};

/// How a layer's own code connects the layers inside, read from a tape.
Wiring wiring_of(const Layer& model) {
  const ModeGuard restore;
  const Training inference(false);
  detail::mode().path = nullptr;  // so that a path is the name of a layer called directly
  detail::mode().grad = true;
  Tape tape;
  auto scope = tape.scope();
  Shape batch = model.body()->sample_shape();
  batch.insert(0, 1);
  const detail::LayerResults watch;
  const Var x = tape.variable(zeros(batch)), y = model.body()->call(x);

  Wiring wiring{.uses = {}, .result = {model, {}}};
  std::map<const detail::Node*, std::size_t> givers{{x.node(), the_input}};
  const auto read_by = [&](const detail::Node* node) {
    std::set<std::size_t> reads;
    std::set<const detail::Node*> seen;
    std::vector<NodeView> open;
    const auto look = [&](NodeView n) {
      if (const auto giver = givers.find(n.node()); giver != givers.end()) {
        reads.insert(giver->second);
      } else if (n.node()->tape && seen.insert(n.node()).second) {
        open.push_back(n);
      }
    };
    look(NodeView(const_cast<detail::Node*>(node)));
    while (!open.empty()) {
      const NodeView n = open.back();
      open.pop_back();
      for (int i = 0; i < n.input_count(); ++i) look(n.input(i));
    }
    return reads;
  };
  for (const auto& r : watch.results) {
    if (r.path != r.layer.name()) continue;  // a layer inside of a layer
    const detail::Node* node = r.value.node();
    wiring.uses.push_back({r.layer, read_by(node)});
    givers[node] = wiring.uses.size() - 1;
  }
  wiring.result.reads = read_by(y.node());
  if (!givers.contains(y.node())) wiring.last = NodeView(y.node()).op();
  return wiring;
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
             escaped(layer.name() + " (" + layer.class_name() + ")") +
             "\"; color=\"#9bb0c7\"; style=rounded; labeljust=l;\n";
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
    if (kind != "Sequential" && kind != "Residual" && layer.built())
      if (const std::string last = wired(layer, from, indent); !last.empty()) return last;
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

  /// Draws the layers inside as the layer's code calls them; "" where that cannot be found out.
  std::string wired(const Layer& layer, const std::string& from, const std::string& indent) {
    Wiring wiring{.uses = {}, .result = {layer, {}}};
    try {
      wiring = wiring_of(layer);
    } catch (const std::exception&) {
      return "";  // it does not take zeros
    }
    std::vector<std::string> ends;
    const auto ends_of = [&](const Use& use) {
      std::vector<std::string> all;
      for (std::size_t i : use.reads) all.push_back(i == the_input ? from : ends[i]);
      return all.empty() ? std::vector<std::string>{from} : all;
    };
    for (const Use& use : wiring.uses) {
      const std::vector<std::string> before = ends_of(use);
      const bool gathers = before.size() > 1;
      ends.push_back(after(use.layer, gathers ? join("…", before, indent) : before[0], indent));
    }
    return wiring.last ? join(wiring.last, ends_of(wiring.result), indent) : ends_of(wiring.result)[0];
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
