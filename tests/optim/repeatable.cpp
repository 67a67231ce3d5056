// A training run to the last bit: at one number of threads always, at every number in strict mode.

#include <doctest/doctest.h>

#include <cstring>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

/// Whatever a network may use that is cut over threads: wide and narrow products, both halves of a dense layer,
/// reductions along every axis, broadcasts, dropout, indexing, sparse input, all three optimizers.
template <class Rule>
std::vector<Array> trained(Rule rule, int threads) {
  const int before = num_threads();
  set_num_threads(threads);
  set_seed(11);
  const Array x = random::normal({200, 784}), table = random::normal({500, 64});
  const Array labels = (random::uniform({200}) * 10.0).astype(DType::int64);
  const Array words = (random::uniform({200}) * 500.0).astype(DType::int64);
  const Csr sparse = Csr::from_dense((random::uniform({200, 3000}) < 0.02).astype(DType::float32));
  Parameter w1("w1", glorot_uniform({784, 512}, 1)), b1("b1", zeros({512})), w2("w2", glorot_uniform({512, 10}, 2)),
      b2("b2", zeros({10})), w3("w3", glorot_uniform({3000, 64}, 3)), e("e", table),
      w4("w4", glorot_uniform({64, 10}, 4));
  const std::vector<Parameter> all{w1, b1, w2, b2, w3, e, w4};
  Tape tape;
  for (int step = 0; step < 4; ++step) {
    auto scope = tape.scope();
    const Var h = dropout(dense(x, w1, b1, relu), 0.2);
    const Var bag = tanh(matmul(sparse, w3) + take(e, words, 0));
    const Var centred = (bag - mean(bag, 0)) * rsqrt(var(bag, 0) + 1e-3);
    const Var logits = dense(h, w2, b2) + matmul(centred, w4);
    const Var loss = mean(softmax_cross_entropy(logits, labels)) + 1e-4 * (norm(w1) + sum(amax(square(w3), 1))) +
                     1e-5 * sum(logsumexp(matmul(w1, w2), 0));
    backward(loss);
    rule.step(all);
    zero_grad(all);
  }
  set_num_threads(before);
  std::vector<Array> values;
  for (const Parameter& p : all) values.push_back(p.value().copy());
  return values;
}

bool same_bits(const std::vector<Array>& a, const std::vector<Array>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].shape() != b[i].shape() || std::memcmp(a[i].raw(), b[i].raw(), a[i].bytes()) != 0) return false;
  return a.size() == b.size();
}

template <class Rule>
void check(const Rule& rule) {
  for (int threads : {1, 2, 3}) {
    CAPTURE(threads);
    CHECK(same_bits(trained(rule, threads), trained(rule, threads)));
  }
  struct Strict {
    Strict() { set_strict(true); }
    ~Strict() { set_strict(false); }
  } strict;
  const std::vector<Array> alone = trained(rule, 1);
  for (int threads : {2, 3, 4}) {
    CAPTURE(threads);
    CHECK(same_bits(trained(rule, threads), alone));
  }
  CHECK_FALSE(same_bits(trained(Rule{.learning_rate = 0.5}, 1), alone));  // the comparison can fail
}

}  // namespace

TEST_CASE("training repeats bit for bit at a fixed number of threads, and in strict mode at any") {
  check(SGD{.learning_rate = 1e-2, .momentum = 0.9});
  check(RMSprop{.learning_rate = 1e-3});
  check(Adam{.learning_rate = 1e-3});
  check(
      Nadam{.learning_rate = 1e-3, .options = {.global_clipnorm = 0.5, .use_ema = true, .ema_overwrite_frequency = 2}});
  check(Lion{.learning_rate = 1e-3, .options = {.clipnorm = 0.5, .gradient_accumulation_steps = 2}});
}
