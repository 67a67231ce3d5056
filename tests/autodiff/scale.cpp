// Long graphs and many steps: linear time, no recursion, flat memory, values freed as early as promised.

#include <unistd.h>
#include <chrono>
#include <fstream>

#include "support.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace engine;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define XGRAD_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define XGRAD_TEST_SANITIZED
#endif
#endif

namespace {

#ifdef XGRAD_TEST_SANITIZED
constexpr bool own_memory_only = false;  // a sanitizer keeps books of its own
#else
constexpr bool own_memory_only = true;
#endif

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

double chain(Tape& tape, std::int64_t length) {
  const auto start = std::chrono::steady_clock::now();
  auto scope = tape.scope();
  Var x = tape.variable(f64({0.9999999})), y = x;
  for (std::int64_t i = 0; i < length; ++i) y = y * x;
  backward(y, {.retain = true});
  CHECK(at(grad(y, x)) == doctest::Approx(static_cast<double>(length + 1) * std::pow(0.9999999, length)).epsilon(1e-6));
  return seconds_since(start);
}

}  // namespace

TEST_CASE("a chain of a million nodes: linear time, no recursion, at most 250 bytes of bookkeeping a node") {
  Tape tape;
  chain(tape, 1000000);  // memory is there now
  const auto statistics = tape.statistics();
  const double per_node = static_cast<double>(statistics.bookkeeping_bytes) / 1e6;
  MESSAGE("bookkeeping: " << per_node << " bytes a node");
  CHECK(per_node <= 250);
  double small = 1e9, large = 1e9;
  for (int i = 0; i < 3; ++i) {
    small = std::min(small, chain(tape, 100000));
    large = std::min(large, chain(tape, 1000000));
  }
  MESSAGE("a million nodes, forward and two sweeps: " << large << " s; a tenth of it: " << small << " s");
  CHECK(large < 25 * small);
}

TEST_CASE("the same depth in gradients of gradients") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1})), y = x;
  for (int i = 0; i < 20000; ++i) y = y * 1.0 + x;
  Var g = grad(y * y, x, {.create_graph = true});
  CHECK(at(grad(g, x)) == 2 * 20001.0 * 20001.0);
}

TEST_CASE("a hundred thousand steps: memory stays flat") {
  Parameter w("w", f64({0.5, -0.5, 0.25, 0.1}, {2, 2})), b("b", f64({0.1, 0.2}));
  const Array x = f64({1, 2, 3, 4, 5, 6}, {3, 2});
  SGD sgd{1e-6};
  Tape tape;
  const auto step = [&] {
    auto scope = tape.scope();
    backward(mean(square(tanh(matmul(x, w) + b))));
    sgd.step({w, b});
    zero_grad({w, b});
  };
  for (int i = 0; i < 1000; ++i) step();
  const std::size_t resident = resident_bytes(), bookkeeping = tape.statistics().bookkeeping_bytes;
  const auto pool = pool_statistics();
  for (int i = 0; i < 100000; ++i) step();
  CHECK(pool_statistics().heap_allocations == pool.heap_allocations);
  CHECK(pool_statistics().bytes_from_heap == pool.bytes_from_heap);
  CHECK(tape.statistics().bookkeeping_bytes == bookkeeping);
  CHECK(tape.size() == 0);
  if (own_memory_only) CHECK(resident_bytes() < resident + (std::size_t{1} << 20));
}

TEST_CASE("loops without gradients do not grow the tape") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(full({1000}, 0.5, DType::float64));
  NoGrad off;
  Var h = x;
  const std::size_t bytes = pool_statistics().bytes_from_heap;
  for (int i = 0; i < 1000; ++i) h = sin(h);
  CHECK(tape.size() == 1);
  CHECK(pool_statistics().bytes_from_heap <= bytes + 3 * 8192);
}

TEST_CASE("values leave memory as soon as no handle and no rule needs them") {
  Tape tape;
  auto scope = tape.scope();
  const std::size_t one = 8000;
  Var x = tape.variable(full({1000}, 0.5, DType::float64));
  const auto bytes = [&] { return tape.statistics().bytes; };
  CHECK(bytes() == 0);  // the user's own data is not counted
  // The rule of an addition reads nothing: intermediate sums go at once.
  Var s = x + 1;
  for (int i = 0; i < 10; ++i) s = s + 1;
  CHECK(bytes() == one);
  Var t = exp(s);  // saves its result
  s = Var();
  CHECK(bytes() == one);
  t = sum(t);
  CHECK(bytes() == one + 8);
  // A sweep frees what it has passed.
  grad(t, x);
  CHECK(bytes() == 8);
  CHECK(tape.statistics().peak_bytes == 2 * one);
  // Without a sweep, the end of an inner scope does.
  {
    auto inner = tape.scope();
    Var u = square(sin(x));
    CHECK(bytes() == 8 + 2 * one);
  }
  CHECK(bytes() == 8);
  // With handles, values stay.
  Var kept = x * 3;
  grad(sum(kept), x);
  CHECK(at(kept) == 1.5);
}

TEST_CASE("rewind drops values, and the counts of what they had asked to keep") {
  Tape tape;
  Var x = tape.variable(full({1000}, 0.5, DType::float64));
  Var h = sin(x) * 2;
  const NodeView node = tape.node(1);
  const std::size_t pending = node.pending(), bytes = tape.statistics().bytes;
  const std::size_t mark = tape.mark();
  square(h * h);
  CHECK(tape.statistics().bytes > bytes);
  tape.rewind(mark);
  CHECK(tape.node(1).pending() == pending);
  CHECK(tape.statistics().bytes == bytes);
  tape.reset();
  CHECK(tape.statistics().bytes == 0);
  CHECK(tape.statistics().live_values == 0);
}
