// The largest paths behind a gradient: partial paths grow from the result down, node by node.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <ostream>

#include "autodiff/explaining.hpp"
#include "autodiff/sweep.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/dense.hpp"

namespace xgrad {

namespace {

using detail::Node;

/// The last step of a partial path, towards the value; the others stand above it. Paths share their upper ends.
struct Link {
  Node* reader;
  int operand;
  Array cotangent;  // of the reader
  std::shared_ptr<const Link> above;
};

/// A path from the result down to a node.
struct Partial {
  Array cotangent;  // of the node
  double size;
  std::shared_ptr<const Link> last;
};

/// NaN before everything: it is what one looks for.
bool larger(const Partial& a, const Partial& b) {
  if (std::isnan(a.size) || std::isnan(b.size)) return std::isnan(a.size) && !std::isnan(b.size);
  return a.size > b.size;
}

/// The partial paths that have come to one node: the largest of them.
class Arrivals {
 public:
  void add(Partial partial, std::size_t most) {
    partials_.push_back(std::move(partial));
    if (partials_.size() >= 2 * most + 16) keep_largest(most);  // now and then, for the memory
  }
  /// Sorts them, and leaves out what is beyond `most`.
  void keep_largest(std::size_t most) {
    std::stable_sort(partials_.begin(), partials_.end(), larger);
    while (partials_.size() > most) {
      left_out_ = left_out_ || partials_.back().size != 0;
      partials_.pop_back();
    }
  }
  std::vector<Partial> take() { return std::exchange(partials_, {}); }
  /// Whether any but zeros was left out.
  bool left_out() const noexcept { return left_out_; }

  double count = 0;  // with those left out

 private:
  std::vector<Partial> partials_;
  bool left_out_ = false;
};

/// Which nodes from `value` to `root` are `value` or were computed from it.
std::vector<bool> computed_from(const Node& value, const Node& root) {
  const detail::TapeState& tape = *root.tape;
  std::vector<bool> marks(root.index - value.index + std::size_t{1});
  marks[0] = true;
  for (std::size_t i = value.index + std::size_t{1}; i <= root.index; ++i) {
    if (!tape.node(i)->needs_grad()) continue;
    const Node& rule = *detail::first_output(tape.node(i));
    for (int k = 0; k < rule.inputs && !marks[i - value.index]; ++k) {
      const Node& in = *tape.input(rule, k);
      marks[i - value.index] = in.needs_grad() && in.index >= value.index && marks[in.index - value.index];
    }
  }
  return marks;
}

class Search {
 public:
  Search(Node* value, Node* root, std::size_t k, std::size_t width, Loc loc)
      : value_(value),
        tape_(*root->tape),
        k_(k),
        width_(std::max(k, width)),
        loc_(loc),
        marks_(computed_from(*value, *root)),
        arrivals_(marks_.size()) {}

  void run(Node* root, const Array& start, PathExplanation& e) {
    arrivals_.back().count = 1;
    arrivals_.back().add({start, detail::absolute_sum(start), nullptr}, width_);
    for (std::size_t i = root->index; i > value_->index; --i) {
      Arrivals& here = arrivals_[i - value_->index];
      Node* n = tape_.node(i);
      here.keep_largest(most(*n));
      // Where there is one element, whatever is below multiplies each of them by the same: the order stays.
      e.exact = e.exact && (n->value.size() == 1 || !here.left_out());
      edges_.clear();
      for (const Partial& p : here.take()) extend(n, p);
      for (const Edge& edge : edges_) at(edge.operand).count += here.count;
    }
    Arrivals& found = arrivals_.front();
    found.keep_largest(k_);
    e.count = found.count;
    for (const Partial& p : found.take()) e.paths.push_back(path_of(p));
  }

 private:
  struct Edge {
    int place;
    const Node* operand;
  };

  bool leads(const Node& n) const { return n.index >= value_->index && marks_[n.index - value_->index]; }
  Arrivals& at(const Node* n) { return arrivals_[n->index - value_->index]; }
  std::size_t most(const Node& n) const { return &n == value_ || n.value.size() == 1 ? k_ : width_; }

  /// Takes a path one op further down, to each operand that leads on.
  void extend(Node* n, const Partial& p) {
    const Node& rule = *detail::first_output(n);
    targets_.clear();
    bool others = false;
    for (int i = 0; i < rule.inputs; ++i) {
      Node* in = tape_.input(rule, i);
      if (leads(*in)) {
        targets_.push_back(in);
      } else {
        others = others || in->needs_grad();
      }
    }
    if (!others) targets_.clear();  // nothing to spare: no search for what is on the way to them
    detail::GradientSweep sweep(n, Var(p.cotangent, n->loc), targets_, {.retain = true, .observe = true, .keep = false},
                                loc_);
    if (!sweep.next() || !sweep.advance()) return;
    for (const Contribution& c : sweep.given()) {
      Node* in = tape_.input(rule, c.input);
      if (!leads(*in)) continue;
      at(in).add({c.cotangent, detail::absolute_sum(c.cotangent),
                  std::make_shared<Link>(Link{n, c.input, p.cotangent, p.last})},
                 most(*in));
      const auto same = [&](const Edge& e) { return e.place == c.input; };
      if (std::none_of(edges_.begin(), edges_.end(), same)) edges_.push_back({c.input, in});
    }
  }

  static GradientPath path_of(const Partial& p) {
    GradientPath path{{}, p.cotangent, p.size};
    for (const Link* l = p.last.get(); l; l = l->above.get())
      path.steps.push_back({l->reader->index, describe(NodeView(l->reader)), l->operand, l->cotangent});
    return path;
  }

  Node* value_;
  detail::TapeState& tape_;
  std::size_t k_, width_;
  Loc loc_;
  std::vector<bool> marks_;
  std::vector<Arrivals> arrivals_;  // by node, from the value on
  std::vector<Edge> edges_;         // of the node at hand
  std::vector<Node*> targets_;
};

PathExplanation search(Node* value, Node* root, const Array& start, const Array& sum, std::size_t k, std::size_t width,
                       Loc loc) {
  PathExplanation e;
  e.node = describe(NodeView(value));
  e.cotangent = sum;
  Search(value, root, k, width, loc).run(root, start, e);
  return e;
}

std::string figure(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", x);
  return text;
}

/// "#5 multiply" of "#5 multiply float64[] 'h', example.cpp:12".
std::string short_name(const std::string& line) { return line.substr(0, line.find(' ', line.find(' ') + 1)); }

double element(const Array& a) { return a.astype(DType::float64).reshape({}).item<double>(); }

}  // namespace

PathExplanation explain_paths(const Var& v, const Var& result, std::size_t k, const PathOptions& options, Loc loc) {
  if (k == 0) throw ArgError("explain_paths", "needs a number of paths of at least 1; got 0", loc);
  if (options.width == 0) throw ArgError("explain_paths", "needs a width of at least 1; got 0", loc);
  const Explanation sum = detail::explain_for("explain_paths", v, result, options.cotangent, loc);
  const Var start = detail::seed("explain_paths", result, options.cotangent, loc);
  detail::Node* root = result.node(loc);
  const detail::WithoutHooks quiet(*root->tape);
  return search(v.node(loc), root, start.value(), sum.cotangent, k, options.width, loc);
}

PathExplanation explain_paths(const Var& v, std::size_t k, Loc loc) {
  if (k == 0) throw ArgError("explain_paths", "needs a number of paths of at least 1; got 0", loc);
  const Array sum = v.grad(loc);
  detail::Node* value = v.node(loc);
  detail::TapeState& tape = *value->tape;
  const detail::WithoutHooks quiet(tape);
  detail::Node* root = value;  // the last node that had a cotangent
  for (std::size_t i = value->index; i < std::min(tape.size, tape.kept_gradients.size()); ++i)
    if (NodeView(tape.node(i)).grad()) root = tape.node(i);
  const Array start = *NodeView(root).grad();
  return search(value, root, start, sum, k, PathOptions{}.width, loc);
}

std::string GradientPath::to_string() const {
  std::string text = "+ " + detail::amount_text(contribution);
  bool scalars = contribution.size() == 1 && size > 0 && std::isfinite(size) && steps.size() > 1;
  for (const PathStep& s : steps) scalars = scalars && s.cotangent.size() == 1;
  if (scalars) {  // then all cotangents on the way are finite and not 0
    double below = element(contribution);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double above = element(steps[i].cotangent);
      text += (i == 0 ? " = " : " · ") + figure(below / above);
      below = above;
    }
    if (below != 1) text += " · " + figure(below);
  }
  for (std::size_t i = 0; i < steps.size(); ++i)
    text += (i == 0 ? "  along " : ", ") + short_name(steps[i].name) + " (operand " + std::to_string(steps[i].operand) +
            ")";
  return text;
}

std::string PathExplanation::to_string() const {
  std::string text = node + "\n";
  Array rest = cotangent;
  for (const GradientPath& p : paths) {
    text += "  " + p.to_string() + (p.steps.empty() ? "  the result itself" : "") + "\n";
    rest = rest - p.contribution;
  }
  const double others = count - static_cast<double>(paths.size());
  if (others > 0)
    text += "  + " + detail::amount_text(rest) + "  along " + figure(others) +
            (others == 1 ? " other path" : " other paths") + "\n";
  text += "  = " + detail::amount_text(cotangent) + "\n";
  if (!exact)
    text +=
        "  The search was cut off: at an array more partial paths met than were followed, and a path that was left "
        "behind may be larger than one of these.\n";
  return text;
}

std::ostream& operator<<(std::ostream& out, const PathExplanation& e) { return out << e.to_string(); }

}  // namespace xgrad
