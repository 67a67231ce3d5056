// A small transformer learns to write like Moby Dick, letter by letter, in about a minute.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {

constexpr std::int64_t context = 64, width = 96, heads = 4, batch = 32;

/// The letters that occur, and the text as their numbers.
struct Letters {
  std::string letters;
  Array numbers;  // int64

  explicit Letters(const std::string& text) {
    std::array<std::int64_t, 256> number;
    number.fill(-1);
    numbers = zeros({static_cast<std::int64_t>(text.size())}, DType::int64);
    std::int64_t* to = numbers.mutable_data<std::int64_t>();
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::int64_t& n = number[static_cast<unsigned char>(text[i])];
      if (n < 0) n = static_cast<std::int64_t>(letters.size()), letters += text[i];
      to[i] = n;
    }
  }
  std::int64_t size() const { return static_cast<std::int64_t>(letters.size()); }
  char letter(std::int64_t n) const { return letters[static_cast<std::size_t>(n)]; }
};

/// Pieces of the text that begin at the given places, [n, length].
Array windows(const Array& text, const Array& begins, std::int64_t length) {
  const std::int64_t n = begins.size();
  return take(text, begins.reshape({n, 1}) + arange(0, length, 1, DType::int64).reshape({1, length}), 0);
}

/// A layer that looks back at all letters so far, and one that thinks about each; both add to what is there.
Layer attend() {
  return Residual{LayerNormalization{}, MultiHeadAttention(heads, width / heads, {.use_causal_mask = true})};
}
Layer think() { return Residual{LayerNormalization{}, Dense{4 * width, {.activation = relu}}, Dense{width}}; }

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 1500;
  set_seed(argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);

  // The book ships with the library. The last twentieth is kept to test.
  const Letters book(datasets::moby_dick());
  const std::int64_t all = book.numbers.size(), known = all - all / 20;
  const Array train = book.numbers.rows(0, known), test = book.numbers.rows(known, all);
  std::printf("%lld letters of Moby Dick, %lld different ones\n", static_cast<long long>(all),
              static_cast<long long>(book.size()));

  // Each letter becomes a vector, and where it stands is added. Then twice: look back, think. At each place the model
  // says how likely each letter is to be the next: 64 predictions from one window.
  const Sequential network{Embedding(book.size(), width),
                           Residual{PositionEmbedding(context)},
                           attend(),
                           think(),
                           attend(),
                           think(),
                           LayerNormalization{},
                           Dense{book.size()}};
  network.build({context});
  network.summary();

  // The mean surprise at the next letter, in nats: of 80 letters that are all alike it would be ln 80 = 4.4.
  const auto loss_of = [&](const Array& window) {
    const Array x = slice(window, {Slice{}, Slice{0, context}}), next = slice(window, {Slice{}, Slice{1, context + 1}});
    return mean(softmax_cross_entropy(network(x), next));
  };
  const Array places = arange(0, 64, 1, DType::int64) * ((test.size() - context - 1) / 64);
  const auto test_loss = [&] {
    const NoGrad off;
    return loss_of(windows(test, places, context + 1)).item<double>();
  };
  std::printf("\ntest loss before training %.3f\n", test_loss());

  // The rate rises over the first steps, then falls to nothing along a cosine.
  Adam optimizer{CosineDecay{
      .initial_learning_rate = 0, .decay_steps = std::max(1, steps - 50), .warmup_target = 3e-3, .warmup_steps = 50}};
  Tape tape;
  double recent = 0;
  for (int step = 1; step <= steps; ++step) {
    auto scope = tape.scope();
    const Var loss = loss_of(windows(train, random::integers({batch}, 0, train.size() - context), context + 1));
    backward(loss);
    optimizer.step(network.parameters());
    zero_grad(network.parameters());
    recent += loss.item<double>();
    if (step % 100 == 0) std::printf("step %4d/%d  loss %.3f\n", step, steps, recent / 100), recent = 0;
  }
  std::printf("test loss after training %.3f\n", test_loss());

  // It writes: the next letter is drawn by the odds that the model gives, the likely ones favoured a little.
  const NoGrad off;
  std::string text = "\n\nThe whale";
  std::printf("\n--- and so it writes ---%s", text.c_str());
  for (int i = 0; i < 400; ++i) {
    const std::string seen = text.size() > context ? text.substr(text.size() - context) : text;
    Array x = zeros({1, static_cast<std::int64_t>(seen.size())}, DType::int64);
    for (std::size_t k = 0; k < seen.size(); ++k)
      x.mutable_data<std::int64_t>()[k] = static_cast<std::int64_t>(book.letters.find(seen[k]));
    const Var logits = slice(network(x), {0, -1});
    const Array odds = cumsum(softmax(logits / 0.8), 0).value();
    const float draw = random::uniform({1}).item<float>();
    std::int64_t next = 0;
    while (next + 1 < odds.size() && odds.data<float>()[next] < draw) ++next;
    text += book.letter(next);
    std::putchar(text.back());
  }
  std::putchar('\n');
}
