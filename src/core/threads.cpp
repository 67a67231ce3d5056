#include "xgrad/core/threads.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/thread_pool.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad {
namespace {

constexpr int kMostThreads = 1024;
std::atomic<int> chosen{0};  // 0: not yet asked
std::atomic<bool> strict_on{false};

/// quota ÷ period, rounded up; 0 where the file is absent or sets no limit.
int quota_of(const std::string& folder, bool unified) {
  std::string quota;
  double period = 0;
  if (unified) {
    std::ifstream(folder + "/cpu.max") >> quota >> period;
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  if (quota.empty() || quota == "max" || !(period > 0)) return 0;
  const double microseconds = std::strtod(quota.c_str(), nullptr);
  return microseconds > 0 ? static_cast<int>((microseconds + period - 1) / period) : 0;
}

/// The tightest processor quota of this process's control group and the groups above it; 0 where there is none.
int control_group_quota() {
  int tightest = 0;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(",cpu,") == std::string::npos) continue;
    const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (std::string path = line.substr(second + 1);; path.erase(path.find_last_of('/'))) {
      if (path == "/") path.clear();
      const int quota = quota_of(root + path, unified);
      if (quota > 0) tightest = tightest == 0 ? quota : std::min(tightest, quota);
      if (path.find('/') == std::string::npos) break;
    }
  }
  return tightest;
}

int first_choice() {
  if (const char* wanted = std::getenv("XGRAD_NUM_THREADS"); wanted != nullptr && *wanted != '\0') {
    char* end = nullptr;
    const long n = std::strtol(wanted, &end, 10);
    if (*end != '\0' || n < 1) {
      throw ArgError("num_threads",
                     std::string("needs XGRAD_NUM_THREADS to be a whole number from 1; got '") + wanted + "'",
                     Loc::current());
    }
    return static_cast<int>(std::min<long>(n, kMostThreads));
  }
  const int processors = std::min(detail::allowed_processors(), kMostThreads);
  const int quota = control_group_quota();
  return quota > 0 ? std::min(processors, quota) : processors;
}

}  // namespace

int detail::allowed_processors() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int num_threads() {
  int n = chosen.load(std::memory_order_relaxed);
  if (n > 0) return n;
  n = first_choice();
  int none = 0;  // whoever called set_num_threads meanwhile wins
  return chosen.compare_exchange_strong(none, n) ? n : none;
}

void set_num_threads(int n, Loc loc) {
  if (n < 1) throw ArgError("set_num_threads", "needs at least 1 thread; got " + std::to_string(n), loc);
  chosen.store(std::min(n, kMostThreads));
}

bool strict() noexcept { return strict_on.load(std::memory_order_relaxed); }
void set_strict(bool on) noexcept { strict_on.store(on); }

bool in_parallel_region() noexcept {
#ifdef _OPENMP
  if (omp_in_parallel() != 0) return true;  // the user's own region
#endif
  return detail::on_pool();
}

#ifdef _OPENMP
OneThread::OneThread() noexcept : before_(omp_get_max_threads()) {
  if (before_ != 1) omp_set_num_threads(1);  // of this thread only
}
OneThread::~OneThread() {
  if (before_ != 1) omp_set_num_threads(before_);
}
#else
OneThread::OneThread() noexcept = default;
OneThread::~OneThread() { static_cast<void>(before_); }
#endif

void parallel_for(std::int64_t n, std::int64_t grain, FunctionRef<void(std::int64_t, std::int64_t)> body,
                  std::int64_t align) {
  if (n <= 0) return;
  if (n > grain && num_threads() > 1 && !in_parallel_region()) {
    const std::int64_t blocks = (n + align - 1) / align;
    const std::int64_t useful = grain > 0 ? std::min(blocks, (n + grain - 1) / grain) : blocks;
    const int pieces = static_cast<int>(std::min<std::int64_t>(num_threads(), useful));
    if (pieces > 1) {
      std::exception_ptr error;
      std::atomic<bool> failed{false};
      const auto piece = [&](int i) {
        const std::int64_t begin = blocks * i / pieces * align;
        const std::int64_t end = std::min(n, blocks * (i + 1) / pieces * align);
        try {
          if (begin < end) body(begin, end);
        } catch (...) {
          if (!failed.exchange(true)) error = std::current_exception();
        }
      };
      const OneThread scope;
      detail::run_pieces(pieces, piece);
      if (error) std::rethrow_exception(error);
      return;
    }
  }
  body(0, n);
}

}  // namespace xgrad
