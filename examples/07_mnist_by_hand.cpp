// MNIST by hand: a two-layer network as an expression graph, trained on real digits.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 5;
  const std::int64_t batch = 128;
  const std::uint64_t seed = argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1;
  set_seed(seed);

  // The full 70,000 digits are used where they are found or can be fetched; 10,000 ship with the library.
  auto [train, test] = datasets::mnist();
  Array x_train = train.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array x_test = test.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array y_train = train.y.astype(DType::int64), y_test = test.y.astype(DType::int64);
  const std::int64_t n = x_train.shape(0);
  std::printf("%lld digits to train, %lld to test\n", static_cast<long long>(n),
              static_cast<long long>(x_test.shape(0)));

  Parameter w1("w1", glorot_uniform({784, 512}, 2 * seed)), b1("b1", zeros({512}));
  Parameter w2("w2", glorot_uniform({512, 10}, 2 * seed + 1)), b2("b2", zeros({10}));
  const Parameters parameters{w1, b1, w2, b2};
  auto network = [&](Arg x) { return dense(dense(x, w1, b1, relu), w2, b2); };  // logits

  auto accuracy = [&](const Array& x, const Array& y) {
    NoGrad no_grad;
    Array right = equal(argmax(network(x).value(), -1), y);
    return mean(right.astype(DType::float32)).item<float>();
  };

  RMSprop optimizer{1e-3};
  Tape tape;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    Array order = random::permutation(n);
    double total = 0;
    for (std::int64_t begin = 0; begin < n; begin += batch) {
      Array rows = order.rows(begin, std::min(begin + batch, n));
      auto scope = tape.scope();
      Var loss = mean(softmax_cross_entropy(network(take(x_train, rows, 0)), take(y_train, rows, 0)));
      backward(loss);
      optimizer.step(parameters);
      zero_grad(parameters);
      total += loss.item<double>() * static_cast<double>(rows.size());
    }
    std::printf("epoch %d/%d  loss %.4f  test accuracy %.4f\n", epoch, epochs, total / static_cast<double>(n),
                accuracy(x_test, y_test));
  }
}
