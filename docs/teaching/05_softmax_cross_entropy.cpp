// Softmax and cross-entropy, op by op and as one: the same gradient p - t, until the logits grow.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {
/// As the formula stands in a book.
Var by_the_book(Var logits, Var target) {
  Var e = exp(logits).label("e");
  Var p = (e / sum(e)).label("p");
  return -sum(target * log(p));
}
/// One node: log-sum-exp of the logits less the target's logit.
Var fused(Var logits, Var target) { return softmax_cross_entropy(logits, target); }
}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  const Array target = xt::xarray<double>{0, 1, 0};
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  std::cout << "p - t for moderate logits  " << softmax(Array(xt::xarray<double>{2, 1, 0.1})) - target << "\n\n";
  std::vector<view::Recording> pages;
  for (const Array& logits : {Array(xt::xarray<double>{2, 1, 0.1}), Array(xt::xarray<double>{800, 1, 0.1})}) {
    std::cout << "logits " << logits << "\n";
    for (const bool as_one : {false, true}) {
      Var z = tape.variable(logits).label("logits"), t = tape.constant(target).label("target");
      Var loss = (as_one ? fused(z, t) : by_the_book(z, t)).label("loss");
      backward(loss);
      std::cout << (as_one ? "  one node       " : "  by the book    ") << "loss " << loss.item<double>()
                << ", gradient " << z.grad() << "\n";
      pages.push_back(view::record(loss, {.name = as_one ? "one node" : "by the book"}));
    }
  }
  view::html({pages[0], pages[1]}, folder + "softmax_cross_entropy.html", "The same, in seven ops and in one");
  view::html({pages[2], pages[3]}, folder + "large_logits.html", "Logits of 800");
}
