// Attention written in ops: queries, keys, values; two heads; no token looks ahead.
#include <cmath>
#include <iostream>
#include <limits>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {
constexpr std::int64_t tokens = 6, width = 8, heads = 2, each = width / heads;

/// [tokens, width] to [heads, tokens, each]
Var split_heads(Var x) { return transpose(reshape(x, {tokens, heads, each}), {1, 0, 2}); }

Var project(const char* name, Var x, Var w) {
  const LabelScope inside(name);
  return split_heads(matmul(x, w)).label(name);
}
}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  set_seed(6);
  Array ahead = zeros({tokens, tokens});  // −∞ above the diagonal
  for (std::int64_t i = 0; i < tokens; ++i)
    for (std::int64_t j = i + 1; j < tokens; ++j)
      ahead.mutable_data<float>()[i * tokens + j] = -std::numeric_limits<float>::infinity();

  Var x = tape.variable(random::normal({tokens, width})).label("x"), mask = tape.constant(ahead).label("mask");
  Parameter wq("Wq", random::normal({width, width}, 0, 0.4)), wk("Wk", random::normal({width, width}, 0, 0.4));
  Parameter wv("Wv", random::normal({width, width}, 0, 0.4)), wo("Wo", random::normal({width, width}, 0, 0.4));
  Var q = project("queries", x, wq), k = project("keys", x, wk), v = project("values", x, wv);
  Var weights;
  {
    const LabelScope inside("weights");
    weights = softmax(matmul(q, transpose(k, {0, 2, 1})) / std::sqrt(each) + mask).label("attention");
  }
  Var y;
  {
    const LabelScope inside("output");
    y = matmul(reshape(transpose(matmul(weights, v), {1, 0, 2}), {tokens, width}), wo).label("y");
  }
  Var loss = mean(square(y)).label("loss");
  backward(loss);

  std::cout << "the third token of the first head looks at "
            << weights.value().reshape({heads * tokens, tokens}).rows(2, 3) << "\n";
  view::html(loss, folder + "attention.html", {.title = "Attention"});
}
