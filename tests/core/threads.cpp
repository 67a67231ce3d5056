#include "xgrad/core/threads.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "xgrad/core/error.hpp"

using namespace xgrad;

namespace {
struct Threads {  // sets a number of threads, and sets it back
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  int before;
};
}  // namespace

TEST_CASE("parallel_for covers every element once, at any size and number of threads") {
  for (int threads : {1, 2, 3, 7}) {
    Threads scope(threads);
    for (std::int64_t align : {1, 64}) {
      for (std::int64_t n : {0, 1, 2, 63, 64, 65, 127, 128, 1000, 4097}) {
        for (std::int64_t grain : {0, 1, 64, 100000}) {
          std::vector<int> seen(static_cast<std::size_t>(n), 0);
          std::atomic<int> calls{0}, misaligned{0};
          parallel_for(
              n, grain,
              [&](std::int64_t begin, std::int64_t end) {
                ++calls;
                if (begin % align != 0) ++misaligned;
                for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
              },
              align);
          CHECK(std::count(seen.begin(), seen.end(), 1) == n);
          CHECK(misaligned == 0);
          if (n > 0 && (n <= grain || threads == 1)) CHECK(calls == 1);
          if (threads > 1 && grain == 1 && n >= 2 * align)
            CHECK(calls == std::min<std::int64_t>(threads, (n + align - 1) / align));
        }
      }
    }
  }
}

TEST_CASE("regions do not nest") {
  Threads scope(2);
  CHECK_FALSE(in_parallel_region());
  std::atomic<int> outer{0}, inner{0};
  parallel_for(1000, 1, [&](std::int64_t, std::int64_t) {
    ++outer;
    if (!in_parallel_region()) throw std::logic_error("a piece does not know that it is one");
    parallel_for(1000, 1, [&](std::int64_t begin, std::int64_t end) {
      if (begin != 0 || end != 1000) throw std::logic_error("nested");
      ++inner;
    });
  });
  CHECK(outer == 2);
  CHECK(inner == 2);
  CHECK_FALSE(in_parallel_region());
}

TEST_CASE("an exception in a piece reaches the caller, and the next region works") {
  for (int threads : {1, 2}) {
    Threads scope(threads);
    CHECK_THROWS_WITH(parallel_for(1000, 1,
                                   [](std::int64_t, std::int64_t end) {
                                     if (end == 1000) throw std::runtime_error("from the last piece");
                                   }),
                      "from the last piece");
    std::atomic<std::int64_t> covered{0};
    parallel_for(1000, 1, [&](std::int64_t begin, std::int64_t end) { covered += end - begin; });
    CHECK(covered == 1000);
  }
}

TEST_CASE("the thread setting refuses what makes no sense") {
  CHECK_THROWS_AS(set_num_threads(0), ArgError);
  CHECK_THROWS_WITH(set_num_threads(-2), doctest::Contains("set_num_threads: needs at least 1 thread; got -2"));
  CHECK(num_threads() >= 1);
}

TEST_CASE("a FunctionRef calls what it refers to, const or not") {
  int calls = 0;
  auto count = [&calls](int by) { return calls += by; };
  FunctionRef<int(int)> f = count;
  CHECK(f(2) == 2);
  CHECK(f(3) == 5);
  const auto square = [](int x) { return x * x; };
  FunctionRef<long(int)> g = square;
  CHECK(g(7) == 49);
}

TEST_CASE("many short regions, from several threads at once, lose nothing") {
  Threads scope(3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 3; ++c) {
    callers.emplace_back([&wrong] {
      for (int round = 0; round < 3000; ++round) {
        const std::int64_t n = 1 + round % 300;
        std::vector<int> seen(static_cast<std::size_t>(n), 0);
        parallel_for(
            n, 1,
            [&](std::int64_t begin, std::int64_t end) {
              for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
            },
            1);
        if (std::count(seen.begin(), seen.end(), 1) != n) ++wrong;
      }
    });
  }
  for (std::thread& t : callers) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("a thread that slept is there for the next region") {
  Threads scope(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::atomic<int> pieces{0};
    // Each piece waits for the other, so both must run at once.
    parallel_for(
        2, 1,
        [&](std::int64_t, std::int64_t) {
          ++pieces;
          const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
          while (pieces < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        },
        1);
    CHECK(pieces == 2);
  }
}
