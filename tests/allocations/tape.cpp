// Training loops of fixed shapes take nothing from the heap after their first steps. This program has the process's
// malloc to itself (support/heap.cpp).

#include <cstdlib>

#include "autodiff/support.hpp"
#include "support/heap.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/nn/layers/attention.hpp"
#include "xgrad/nn/layers/recurrent.hpp"
#include "xgrad/ops/attention.hpp"
#include "xgrad/ops/conv.hpp"
#include "xgrad/ops/ctc.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/pool.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/lion.hpp"
#include "xgrad/optim/nadam.hpp"
#include "xgrad/optim/optimizer.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace engine;

namespace {

/// Allocations of ours in steps 4 to 100.
template <class Step>
long allocations_of(Step step) {
  for (int i = 1; i <= 3; ++i) step();
  const heap::Count count = heap::count([&] {
    for (int i = 4; i <= 100; ++i) step();
  });
  MESSAGE("allocations in 97 steps, ours: " << count.ours << ", other libraries': " << count.theirs);
  return count.ours;
}

Parameter weight(const char* name, const Shape& shape, DType dtype = DType::float32) {
  return Parameter(name, 0.1 * random::normal(shape, 0, 1, dtype));
}

}  // namespace

TEST_CASE("the count sees an allocation") {
  static void* volatile kept = nullptr;
  CHECK(allocations_of([] {
          kept = new char[10];
          delete[] static_cast<char*>(kept);
        }) == 97);
  CHECK(allocations_of([] {
          std::vector<double> v(100);
          kept = v.data();
        }) == 97);
}

TEST_CASE("a classifier: dense layers, dropout, softmax cross-entropy, every optimizer") {
  Parameter w1 = weight("w1", {20, 16}), b1 = weight("b1", {16}), w2 = weight("w2", {16, 5}), b2 = weight("b2", {5});
  const Parameters all{w1, b1, w2, b2};
  const Array x = random::normal({32, 20}), labels = random::integers({32}, 0, 5);
  Tape tape;
  SGD sgd{.learning_rate = 1e-3, .momentum = 0.9};
  RMSprop rmsprop{1e-3};
  Adam adam{1e-3};
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          Var h = dense(x, w1, b1, relu);
          {
            Training on;
            h = dropout(h, 0.3);
          }
          Var logits = matmul(h, w2) + b2;
          Var loss = mean(softmax_cross_entropy(logits, labels)) + 1e-4 * sum(square(w1));
          backward(loss);
          clip_grad_norm(all, 1.0);
          sgd.step(all);
          rmsprop.step(all);
          adam.step(all);
          zero_grad(all);
        }) == 0);
}

TEST_CASE("what stands around a rule: clipping, decay, averages, accumulation") {
  Parameter w = weight("w", {20, 16}), b = weight("b", {16});
  const Parameters all{w, b};
  const Array x = random::normal({32, 20});
  Tape tape;
  AdamW adamw{.options = {.clipnorm = 0.1, .exclude_from_weight_decay = {"b"}, .use_ema = true}};
  Nadam nadam{.learning_rate = CosineDecay{1e-3, 1000},
              .options = {.global_clipnorm = 0.1, .weight_decay = 0.1, .gradient_accumulation_steps = 2}};
  Lion lion{.options = {.clipvalue = 0.1, .use_ema = true, .ema_overwrite_frequency = 3}};
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          backward(mean(square(dense(x, w, b, relu))));
          adamw.step(all);
          nadam.step(all);
          lion.step(all);
          zero_grad(all);
        }) == 0);
}

TEST_CASE("on two threads") {
  Parameter w1 = weight("w1", {784, 128}), b1 = weight("b1", {128}), w2 = weight("w2", {128, 10}),
            b2 = weight("b2", {10});
  const Parameters all{w1, b1, w2, b2};
  const Array x = random::uniform({128, 784}), labels = random::integers({128}, 0, 10);
  Tape tape;
  RMSprop rmsprop{1e-3};
  const int before = num_threads();
  set_num_threads(2);
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          Var h = dense(x, w1, b1, relu);
          backward(mean(softmax_cross_entropy(dense(h, w2, b2), labels)));
          rmsprop.step(all);
          zero_grad(all);
        }) == 0);
  set_num_threads(before);
}

TEST_CASE("convolution and pooling, on one thread and on two") {
  Parameter w1 = weight("w1", {3, 3, 1, 8}), w2 = weight("w2", {3, 3, 8, 16}), w3 = weight("w3", {3, 3, 16, 1}),
            w4 = weight("w4", {1, 1, 16, 16}), w5 = weight("w5", {256, 10}), w6 = weight("w6", {3, 3, 16, 16});
  const Parameters all{w1, w2, w3, w4, w5, w6};
  const Array x = random::uniform({32, 14, 14, 1}), labels = random::integers({32}, 0, 10);
  Tape tape;
  RMSprop rmsprop{1e-3};
  const int before = num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    CHECK(allocations_of([&] {
            auto scope = tape.scope();
            Var h = max_pool2d(relu(conv2d(x, w1, {.padding = "same"})));
            h = relu(conv2d(h, w2, {.strides = 2, .padding = "same"}));
            h = relu(conv2d(h, w6, {.padding = "same"}));  // large enough for oneDNN
            h = avg_pool2d(relu(depthwise_conv2d(h, w3, {.padding = "same"})), {.strides = 1, .padding = "same"});
            h = conv2d(h, w4);
            backward(mean(softmax_cross_entropy(matmul(reshape(h, {32, 256}), w5), labels)));
            rmsprop.step(all);
            zero_grad(all);
          }) == 0);
  }
  set_num_threads(before);
}

TEST_CASE("attention, as an op and as a layer, on one thread and on two") {
  Parameter w = weight("w", {16, 16});
  const MultiHeadAttention layer(2, 8, {.use_causal_mask = true});
  layer.build({70, 16});
  Parameters all = layer.parameters();
  all.push_back(w);
  const Array x = random::normal({3, 70, 16}), mask = random::uniform({3, 1, 70}) < 0.9;
  Tape tape;
  RMSprop rmsprop{1e-3};
  const int before = num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    CHECK(allocations_of([&] {
            auto scope = tape.scope();
            const Var h = matmul(x, w);
            backward(mean(square(layer(attention(h, h, x, mask)))));
            rmsprop.step(all);
            zero_grad(all);
          }) == 0);
  }
  set_num_threads(before);
}

TEST_CASE("sequences: lookups, LSTM, GRU and CTC, under lazy rules, on one thread and on two") {
  Parameter table = weight("table", {500, 12}), bags = weight("bags", {300, 9});
  const Bidirectional around(LSTM(8, {.return_sequences = true}));
  const GRU gates(9, {.return_sequences = true});
  around.build({15, 12});
  gates.build({15, 16});
  Parameters all{table, bags};
  for (const Parameters& own : {around.parameters(), gates.parameters()}) all.insert(all.end(), own.begin(), own.end());
  const Array words = random::integers({4, 15}, 0, 500), topics = random::integers({4, 15, 3}, 0, 300),
              labels = random::integers({4, 5}, 1, 9), lengths = full({4}, 5, DType::int64);
  Tape tape;
  Adam adam{.options = {.lazy = true}};
  SGD sgd;
  const int before = num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    CHECK(allocations_of([&] {
            auto scope = tape.scope();
            const Var h = gates(around(gather(table, words))) + embedding_bag(bags, topics);
            backward(mean(ctc_loss(h, labels, lengths)));
            adam.step(all);
            sgd.step(all);
            zero_grad(all);
          }) == 0);
    CHECK(!table.has_grad());
  }
  set_num_threads(before);
}

TEST_CASE("a new batch each step, borrowed and as rows, and a metric without gradients") {
  Parameter w = weight("w", {8, 3}), b = weight("b", {3});
  const Parameters all{w, b};
  const Array data = random::normal({640, 8}), labels = random::integers({640}, 0, 3);
  std::vector<float> own(64 * 8, 0.5f);
  Tape tape;
  RMSprop optimizer{1e-3};
  std::int64_t step = 0;
  double hits = 0;
  CHECK(allocations_of([&] {
          const std::int64_t from = step++ % 10 * 64;
          auto scope = tape.scope();
          Var logits = matmul(data.rows(from, from + 64), w) + b + matmul(Array::borrow(own.data(), {64, 8}), w);
          const Array truth = labels.rows(from, from + 64);
          backward(mean(softmax_cross_entropy(logits, truth)));
          optimizer.step(all);
          zero_grad(all);
          NoGrad off;
          hits += mean((argmax(logits, 1) == truth).value().astype(DType::float32)).item<double>();
        }) == 0);
}

TEST_CASE("elementwise and scalar loops in float64") {
  Parameter w = weight("w", {6}, DType::float64);
  const Parameters all{w};
  Tape tape;
  SGD sgd{1e-3};
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          Var y = w;
          for (int i = 0; i < 20; ++i) y = where(y > 0.0, sin(y) * w, exp(y) / (1 + square(w)));
          backward(sum(y));
          sgd.step(all);
          zero_grad(all);
        }) == 0);
}

TEST_CASE("checkpoint, gradients of gradients, rules of a user's own") {
  Parameter w = weight("w", {6, 6}, DType::float64);
  const Parameters all{w};
  const Array x = random::normal({4, 6}, 0, 1, DType::float64);
  Tape tape;
  Adam adam{1e-3};
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          Var h = checkpoint([w](Var v) { return tanh(matmul(v, w)); }, x);
          backward(sum(square(h)));
          adam.step(all);
          zero_grad(all);
        }) == 0);
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          Var v = tape.variable(x);
          Var y = sum(tanh(matmul(v, w)));
          Var g = grad(y, v, {.create_graph = true});
          backward(sum(square(g)));  // a gradient penalty
          adam.step(all);
          zero_grad(all);
        }) == 0);
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          backward(sum(dense(x, w, zeros({6}, DType::float64), tanh)));
          adam.step(all);
          zero_grad(all);
        }) == 0);
}

TEST_CASE("a heap that fails, at any request of a first step") {
  const Array x = random::normal({8, 6}, 0, 1, DType::float64);
  const Array start = 0.1 * random::normal({6, 6}, 0, 1, DType::float64);
  int failures = 0;
  for (long nth = 1;; ++nth) {
    Parameter w("w", start), b("b", zeros({6}, DType::float64));
    trim_pool();
    bool failed = false;
    std::size_t nodes = 0;
    {
      Tape tape;
      auto scope = tape.scope();
      heap::fail_in = nth;
      try {
        Var h = checkpoint([w, b](Var v) { return tanh(matmul(v, w) + b); }, x);
        Var y = sum(square(h)) + sum(dense(x, w, b, relu));
        nodes = tape.size();
        backward(y, {.retain = true});
        nodes = 0;
        const Var g = grad(y, Var(w), {.create_graph = true});
        grad(sum(square(g)), Var(w));
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      heap::fail_in = 0;
      if (nodes) {
        CHECK(tape.size() == nodes);
        CHECK_FALSE(w.has_grad());
        CHECK_FALSE(b.has_grad());
      }
      CHECK(at(w.value()) == at(start));
      // The tape goes on working.
      zero_grad({w, b});
      backward(sum(square(matmul(x, w) + b)));
      CHECK(w.has_grad());
    }
    if (!failed) break;
    ++failures;
    REQUIRE(nth < 5000);
  }
  MESSAGE("requests that could fail: " << failures);
  CHECK(failures > 10);
}

TEST_CASE("a loss that contains derivatives of a function") {
  Parameter w = weight("w", {6, 6}, DType::float64), v = weight("v", {6, 1}, DType::float64);
  const Parameters all{w, v};
  const Array x = random::normal({4, 6}, 0, 1, DType::float64);
  Tape tape;
  Adam adam{1e-3};
  const auto u = [&w, &v](Var s) { return sum(matmul(tanh(matmul(s, w)), v)); };
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          const Var slope = value_and_grad(u, Var(x)).second;
          backward(mean(square(slope - 1)));
          adam.step(all);
          zero_grad(all);
        }) == 0);
  CHECK(allocations_of([&] { value_and_grad(u, x); }) == 0);
  CHECK(allocations_of([&] { hvp(u, x, x); }) == 0);
  CHECK(allocations_of([&] { jvp(u, x, x); }) == 0);
  CHECK(allocations_of([&] { vjp([](Var s) { return tanh(s); }, x, x); }) == 0);
}

TEST_CASE("an op of a user's own, reductions, shapes, indices") {
  Parameter w = weight("w", {6, 6}, DType::float64), table = weight("table", {10, 6}, DType::float64);
  const Parameters all{w, table};
  const Array which = random::integers({4}, 0, 10);
  auto cube = custom(
      "cube", [](const Array& a) { return a * a * a; },
      [](const CustomVjp& c) { return c.grad() * 3 * square(c.in()); });
  Tape tape;
  Adam adam{1e-3};
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          Var h = take(table, which, 0);
          h = matmul(transpose(h), h) * w + reshape(broadcast_to(mean(h, 0, true), {6, 6}), {6, 6});
          h = concat({slice(h, {Slice{0, 3}}), flip(slice(h, {Slice{3, 6}}), 0)}, 0);
          h = softmax(h) * logsumexp(h, -1, true) + amax(h, 0) + cumsum(h, 1);
          backward(sum(h) + norm(h) + mean(stddev(h, 1)));
          adam.step(all);
          zero_grad(all);
        }) == 0);
  CHECK(allocations_of([&] {
          auto scope = tape.scope();
          backward(sum(cube(w)) + sum(table));
          adam.step(all);
          zero_grad(all);
        }) == 0);
}
