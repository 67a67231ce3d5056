// Handles used where they may not be: every one is refused with its own story.

#include <memory>
#include <thread>

#include "../autodiff/support.hpp"

using namespace engine;

TEST_CASE("after the end of a scope, rewind, reset, the end of the tape") {
  auto tape = std::make_unique<Tape>();
  Var loss;
  {
    auto scope = tape->scope();
    loss = mean(tape->variable(f64({1, 2}))).label("loss");
    CHECK(loss.valid());
  }
  CHECK_FALSE(loss.valid());
  std::string text = message_of<StaleHandle>([&] { loss.value(); });
  CHECK(contains(text, "StaleHandle: xgrad::Var: needs a live value; got 'loss' (mean, tape/handles.cpp:"));
  CHECK(contains(text, "used after the end of the scope opened at tape/handles.cpp:"));
  CHECK(contains(message_of<StaleHandle>([&] { loss + 1; }), "after the end of the scope"));
  CHECK(contains(message_of<StaleHandle>([&] { backward(loss); }), "after the end of the scope"));

  const std::size_t mark = tape->mark();
  Var x = tape->variable(f64({1}));
  tape->rewind(mark);
  CHECK(contains(message_of<StaleHandle>([&] { square(x); }), "got variable (tape/handles.cpp:"));
  CHECK(contains(message_of<StaleHandle>([&] { square(x); }), "after tape.rewind() at tape/handles.cpp:"));

  Var y = tape->variable(f64({1}));
  CHECK(contains(message_of<StaleHandle>([&] { square(x); }), "got one that its tape has dropped and replaced"));
  tape->reset();
  CHECK(contains(message_of<StaleHandle>([&] { y.shape(); }), "after tape.reset() at tape/handles.cpp:"));

  Var z = tape->variable(f64({1}));
  Var copy = z, moved = std::move(copy);
  tape.reset();
  CHECK(contains(message_of<StaleHandle>([&] { z.item<double>(); }),
                 "after the end of the tape opened at bits/unique_ptr.h"));
  CHECK_FALSE(moved.valid());
  Tape next;  // takes over the memory; the old handles do not mistake its nodes for theirs
  Var other = next.variable(f64({5}));
  CHECK_THROWS_AS(z.value(), StaleHandle);
  CHECK_THROWS_AS(moved.value(), StaleHandle);
  z = other;
  CHECK(at(z) == 5);
}

TEST_CASE("an empty handle") {
  Var nothing;
  CHECK_FALSE(nothing.valid());
  CHECK(nothing.empty());
  CHECK(
      contains(message_of<StaleHandle>([&] { nothing.value(); }), "needs a Var that holds a value; got an empty one"));
  Var copy = nothing;
  copy = Var();
  CHECK_THROWS_AS(exp(copy), StaleHandle);
}

TEST_CASE("another tape's") {
  Tape one, two;
  Var a = one.variable(f64({1})).label("a"), b = two.variable(f64({2}));
  const std::string text = message_of<ForeignTape>([&] { a* b; });
  CHECK(contains(text, "ForeignTape: xgrad::multiply: needs operands of one tape; got #0 variable float64[1] 'a'"));
  CHECK(contains(text, "of another"));
  CHECK(at(a * b.detach()) == 2);
  NoGrad off;
  CHECK_THROWS_AS(a * b, ForeignTape);
}

TEST_CASE("a parameter where no tape is open") {
  Parameter w("w", f64({1, 2}));
  const std::string text = message_of<NoTape>([&] { 2 * w; });
  CHECK(contains(text, "NoTape: xgrad::multiply: needs an open tape for parameter 'w'; got none (open a scope:"));
  CHECK(contains(message_of<NoTape>([&] { Var v = w; }), "needs an open tape for parameter 'w'"));
  {
    NoGrad off;
    CHECK(at(2 * w, 1) == 4);
  }
  w.set_trainable(false);
  CHECK(at(2 * w, 1) == 4);
  w.set_trainable(true);
  Tape tape;
  Var x = tape.variable(f64({3, 4}));
  CHECK(at(x * w, 1) == 8);  // the other operand carries the tape
}

TEST_CASE("another thread's") {
  Tape tape;
  Var x = tape.variable(f64({1, 2}));
  Parameter w("w", f64({1, 2}));
  const auto elsewhere = [](auto f) {
    std::string text;
    std::thread([&] { text = message_of<WrongThread>(f); }).join();
    return text;
  };
  CHECK(contains(elsewhere([&] { square(x); }),
                 "WrongThread: xgrad::Var: needs the thread that made its tape; got another"));
  CHECK(contains(elsewhere([&] { x.value(); }), "variable, tape/handles.cpp:"));
  CHECK(contains(elsewhere([&] { backward(x); }), "WrongThread"));
  CHECK(contains(elsewhere([&] { tape.variable(f64({1})); }),
                 "xgrad::Tape::variable: needs the thread that made the tape; got another"));
  CHECK(contains(elsewhere([&] { tape.constant(f64({1})); }), "tape opened at tape/handles.cpp:"));
  CHECK(contains(elsewhere([&] { auto scope = tape.scope(); }), "xgrad::Tape::scope"));
  CHECK(contains(elsewhere([&] { tape.reset(); }), "xgrad::Tape::reset"));
  CHECK(contains(elsewhere([&] { tape.rewind(0); }), "xgrad::Tape::rewind"));
  // Arrays and values may travel.
  const Array value = x.value();
  double sum_there = 0;
  std::thread([&] {
    Tape own;
    auto scope = own.scope();
    sum_there = at(sum(Var(value) * w));
  }).join();
  CHECK(sum_there == 5);
  CHECK(at(square(x), 1) == 4);
}

TEST_CASE("scopes nest and give back what was open before") {
  Tape one, two;
  Parameter w("w", f64({1}));
  auto outer = one.scope();
  Var a = square(w);
  {
    auto inner = two.scope();
    Var b = exp(w);  // on the innermost scope's tape
    CHECK(two.size() == 2);
    CHECK(one.size() == 2);
    {
      auto innermost = one.scope();
      Var c = sin(w);
      CHECK(one.size() == 3);
    }
    CHECK(one.size() == 2);
    CHECK_THROWS_AS(a + b, ForeignTape);
  }
  CHECK(two.size() == 0);
  CHECK(at(a) == 1);
  backward(a);
  CHECK(at(w.grad()) == 2);
}

TEST_CASE("marks") {
  Tape tape;
  Var x = tape.variable(f64({1}));
  const std::size_t mark = tape.mark();
  Var y = square(x);
  tape.rewind(mark);
  CHECK(x.valid());
  CHECK_FALSE(y.valid());
  CHECK(contains(message_of<ArgError>([&] { tape.rewind(5); }), "Tape::rewind: needs a mark from 0 to 1; got 5"));
  auto scope = tape.scope();
  CHECK(contains(message_of<ArgError>([&] { tape.rewind(0); }), "needs a mark from 1 to 1; got 0"));
  CHECK(contains(message_of<GraphError>([&] { tape.reset(); }), "needs a tape without open scopes; got one with 1"));
}

TEST_CASE("exceptions unwind scopes") {
  Tape tape;
  Parameter w("w", f64({1}));
  CHECK_THROWS_WITH(
      [&] {
        auto scope = tape.scope();
        NoGrad off;
        Fusion unfused(false);
        LabelScope label("somewhere");
        Var y = square(w);
        throw std::runtime_error("from the middle");
      }(),
      "from the middle");
  CHECK(tape.size() == 0);
  CHECK_THROWS_AS(square(w), NoTape);
  auto scope = tape.scope();
  Var y = square(w);
  CHECK(y.needs_grad());
  CHECK(tape.node(1).node()->path == nullptr);
}
