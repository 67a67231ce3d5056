// What is recorded and what is not, what it prints, what it weighs.

#include <sstream>
#include <thread>

#include "../autodiff/support.hpp"

using namespace engine;

TEST_CASE("only what a gradient may flow through is recorded") {
  Parameter w("w", f64({1, 2}));
  Tape tape;
  auto scope = tape.scope();
  Var a = f64({1, 2}), b = exp(a) * 3 + a;  // constants alone
  CHECK(tape.size() == 0);
  CHECK(b.index() == -1);
  Var y = b * w;  // the leaf, the constant, the product
  CHECK(tape.size() == 3);
  CHECK(y.index() == 2);
  Var z = w + w;  // the leaf is there already
  CHECK(tape.size() == 4);
  CHECK(Var(w).index() == Var(w).index());
  Var order = argmax(z);
  CHECK(tape.size() == 4);
  CHECK(order.dtype() == DType::int64);
}

TEST_CASE("a leaf shares the parameter's memory, and keeps the value it was made with") {
  Parameter w("w", f64({1, 2}));
  Tape tape;
  auto scope = tape.scope();
  Var v = w;
  CHECK(v.value().shares_memory_with(w.value()));
  w.assign(f64({5, 6}));
  CHECK(at(v) == 1);
  CHECK(at(Var(w)) == 5);
}

TEST_CASE("statistics") {
  Tape tape;
  CHECK(tape.statistics().nodes == 0);
  Var x = tape.variable(zeros({100}, DType::float64));
  Var y = exp(x) + 1;
  const auto s = tape.statistics();
  CHECK(s.nodes == 4);
  CHECK(s.live_values == 3);  // the number has done its work
  CHECK(s.bytes == 1600);
  CHECK(s.peak_bytes == 1600);
  CHECK(s.bookkeeping_bytes > 0);
  y = Var();
  CHECK(tape.statistics().bytes == 800);
  CHECK(tape.statistics().peak_bytes == 1600);
  tape.reset();
  CHECK(tape.statistics().bytes == 0);
  CHECK(tape.statistics().peak_bytes == 0);
  CHECK(tape.statistics().bookkeeping_bytes >= s.bookkeeping_bytes);  // kept for what comes
}

TEST_CASE("print and dot show op, shape, label, line, operands, what is saved and what is live") {
  Parameter w("weight", f64({1, 2}));
  Tape tape;
  auto scope = tape.scope();
  Var y;
  {
    const LabelScope layer("encoder");
    const LabelScope inner("dense_1");
    y = sum(w * f64({3, 4})).label("loss");
  }
  std::ostringstream out;
  tape.print(out);
  const std::string text = out.str();
  CHECK(contains(text, "#0 parameter  float64[2]"));
  CHECK(contains(text, "'weight'"));
  CHECK(contains(text, "#2 multiply  float64[2]  encoder/dense_1  tape/recording.cpp:"));
  CHECK(contains(text, "<- #0, #1  saves in1  freed"));
  CHECK(contains(text, "'loss'"));
  CHECK(contains(text, "<- #2"));
  CHECK(contains(text, "live"));
  const std::string dot = tape.dot();
  CHECK(contains(dot, "digraph tape {"));
  CHECK(contains(dot, "n0 -> n2"));
  CHECK(contains(dot, "loss\\nsum\\n11"));
}

TEST_CASE("node views") {
  Tape tape;
  Var x = tape.variable(f64({1, 2})).label("x");
  Var y = multiply(x, x);
  const NodeView n = tape.node(1);
  CHECK(n.index() == 1);
  CHECK(std::string(n.op()) == "multiply");
  CHECK(n.input_count() == 2);
  CHECK(n.input(1).index() == 0);
  CHECK(n.input(0).label() == "x");
  CHECK(n.saves_input(0));
  CHECK_FALSE(n.saves_output());
  CHECK(n.needs_grad());
  CHECK_FALSE(n.is_leaf());
  CHECK(n.input(0).is_leaf());
  CHECK(n.handles() == 1);
  CHECK(n.input(0).pending() == 2);
  CHECK(n.live());
  CHECK(n.grad() == nullptr);
  CHECK(n.shape() == Shape{2});
  CHECK(n.dtype() == DType::float64);
  CHECK(at(n.var(), 1) == 4);
  CHECK(contains(describe(n), "#1 multiply float64[2], tape/recording.cpp:"));
}

TEST_CASE("fusion off records what a fused op stands for, with the same numbers") {
  Parameter w("w", f64({1, 2, 3, 4}, {2, 2})), b("b", f64({0.5, -9}));
  Tape tape;
  const Array x = f64({1, 2}, {1, 2});
  Array fused, plain;
  for (const bool on : {true, false}) {
    auto scope = tape.scope();
    const Fusion fusion(on);
    Var y = dense(x, w, b, relu);
    CHECK(std::string(tape.node(tape.size() - 1).op()) == (on ? "dense" : "relu"));
    backward(sum(square(y)));
    (on ? fused : plain) = w.grad();
    zero_grad({w, b});
  }
  CHECK(difference(fused, plain) < 1e-14);
}

TEST_CASE("two tapes on two threads do not meet") {
  Parameter shared("shared", f64({1, 2, 3}));
  shared.set_trainable(false);  // read by both
  std::vector<Array> gradients(2);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      Parameter own("own", f64({1, 1, 1}));
      Tape tape;
      for (int i = 0; i < 200; ++i) {
        auto scope = tape.scope();
        own.zero_grad();
        Var h = checkpoint([own, shared](Var v) { return tanh(v * own) * shared; }, f64({0.1, 0.2, 0.3}));
        backward(sum(exp(h) * static_cast<double>(t + 1)));
      }
      gradients[t] = own.grad();
    });
  for (std::thread& t : threads) t.join();
  CHECK(difference(gradients[0] * 2, gradients[1]) < 1e-15);
}
