#include "core/thread_pool.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace xgrad::detail {
namespace {

using U64 = std::uint64_t;
using Clock = std::chrono::steady_clock;

constexpr int kMostWorkers = 255;
/// How long a thread looks for the next job before it sleeps: the gaps within a training step are shorter, and waking
/// takes tens of microseconds.
constexpr std::chrono::microseconds kPatience{200};
constexpr int kLooksPerClock = 64;

thread_local bool busy_here = false;

void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Which job, how many pieces it has, and the next to be taken, in one word: whoever takes a piece by exchanging the
/// word knows that the job is still the one it read about.
struct Ticket {
  U64 word;
  static Ticket of(U64 job, int pieces) { return {job << 32 | static_cast<U64>(pieces) << 16}; }
  U64 job() const { return word >> 32; }
  int pieces() const { return static_cast<int>(word >> 16 & 0xFFFF); }
  int next() const { return static_cast<int>(word & 0xFFFF); }
  bool taken() const { return next() >= pieces(); }
};

class Pool {
 public:
  /// False, and nothing done, while the pool has another thread's job.
  bool run(int pieces, FunctionRef<void(int)> piece) {
    if (taken_.exchange(true, std::memory_order_acquire)) return false;
    if (pieces - 1 > workers_) start(pieces - 1);
    piece_ = &piece;
    left_.store(pieces, std::memory_order_relaxed);
    ticket_.store(Ticket::of(++job_ & 0xFFFFFFFF, pieces).word);
    for (int i = 0; i < pieces - 1 && i < workers_; ++i) wake(static_cast<std::size_t>(i));
    take_pieces();
    for (int tries = 0; left_.load(std::memory_order_acquire) > 0; ++tries) {
      // A piece is still running; its thread may need this very processor.
      tries < 4096 ? pause() : std::this_thread::yield();
    }
    taken_.store(false, std::memory_order_release);
    return true;
  }

 private:
  void take_pieces() {
    U64 seen = ticket_.load(std::memory_order_acquire);
    while (!Ticket{seen}.taken()) {
      if (!ticket_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) continue;
      (*piece_)(Ticket{seen}.next());
      left_.fetch_sub(1, std::memory_order_release);
      seen = ticket_.load(std::memory_order_acquire);
    }
  }

  void start(int wanted) {
    crowded_.store(wanted + 1 > allowed_processors(), std::memory_order_relaxed);
    while (workers_ < wanted && workers_ < kMostWorkers) {
      try {
        std::thread([this, i = static_cast<std::size_t>(workers_)] { work(i); }).detach();
      } catch (const std::system_error&) {
        return;  // the system has no more threads: the caller takes their pieces
      }
      ++workers_;
    }
  }

  void wake(std::size_t i) {
    if (asleep_[i].load() == 0) return;
    asleep_[i].store(0);
    asleep_[i].notify_one();
  }

  /// A worker's life: it looks out for jobs that have a piece for it, and sleeps after a while without one.
  void work(std::size_t me) {
    busy_here = true;
#ifdef _OPENMP
    omp_set_num_threads(1);  // for OpenBLAS and oneDNN, when this thread calls them
#endif
    U64 last = 0;  // the last job that this thread served
    auto since = Clock::now();
    for (int looks = 1;; ++looks) {
      const Ticket t{ticket_.load(std::memory_order_acquire)};
      if (t.job() != last && static_cast<int>(me) + 1 < t.pieces()) {
        last = t.job();
        take_pieces();
        looks = 0;
        since = Clock::now();
      } else if (looks % kLooksPerClock == 0 &&
                 (crowded_.load(std::memory_order_relaxed) || Clock::now() - since > kPatience)) {
        // Either `run` sees this flag after its new ticket, or the ticket is seen here after the flag.
        asleep_[me].store(1);
        if (ticket_.load() == t.word) asleep_[me].wait(1);
        asleep_[me].store(0);
        looks = 0;
        since = Clock::now();
      } else {
        pause();
      }
    }
  }

  alignas(64) std::atomic<U64> ticket_{0};
  alignas(64) std::atomic<int> left_{0};
  alignas(64) std::atomic<bool> taken_{false};
  std::atomic<bool> crowded_{false};  // more threads than processors: no use in looking out
  const FunctionRef<void(int)>* piece_ = nullptr;
  U64 job_ = 0;
  int workers_ = 0;
  std::array<std::atomic<int>, kMostWorkers> asleep_{};
};

}  // namespace

void run_pieces(int pieces, FunctionRef<void(int)> piece) {
  static Pool* const pool = new Pool;  // never destroyed: its threads run until the process ends
  busy_here = true;
  if (!pool->run(pieces, piece)) {
    for (int i = 0; i < pieces; ++i) piece(i);
  }
  busy_here = false;
}

bool on_pool() noexcept { return busy_here; }

}  // namespace xgrad::detail
