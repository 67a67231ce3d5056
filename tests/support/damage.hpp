#pragma once
// Damaged files: bytes changed, cut, put in and repeated, from a seed; and what a reader may do about it.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <random>
#include <string>

#include "xgrad/core/error.hpp"

namespace damage {

using Random = std::mt19937_64;

inline std::size_t below(Random& random, std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random() % n); }

/// A whole file after one to four accidents.
inline std::string damaged(std::string bytes, Random& random) {
  const std::size_t accidents = 1 + below(random, 4);
  for (std::size_t k = 0; k < accidents; ++k) {
    const std::size_t at = below(random, bytes.size()), length = std::min(1 + below(random, 40), bytes.size() - at);
    switch (random() % 8) {
      case 0:
      case 1:  // a bit
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:  // a byte
        if (!bytes.empty()) bytes[at] = "\0\xff\x7f\x80\x01 (9"[random() % 8];
        break;
      case 3:  // a number of 2, 4 or 8 bytes, as large as they come or nearly
        for (std::size_t i = at, n = std::size_t{2} << random() % 3; i < std::min(at + n, bytes.size()); ++i)
          bytes[i] = static_cast<char>(i + 1 == at + n && random() % 2 ? 0x7f : 0xff);
        break;
      case 4:
        bytes.resize(at);
        break;
      case 5:
        bytes.erase(at, length);
        break;
      case 6:
        bytes.insert(below(random, bytes.size() + 1), bytes.substr(at, length));
        break;
      default:
        bytes.insert(at, length, static_cast<char>(random()));
    }
  }
  return bytes;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;  // their shadow takes more address space than there is memory
#else
constexpr bool sanitized = false;
#endif

/// While one is alive, the process gets no more than 512 MiB beyond what it has: who believes a damaged file's sizes is
/// told so by the heap.
class MemoryLimit {
 public:
  MemoryLimit() {
    if (sanitized) return;
    ::getrlimit(RLIMIT_DATA, &before_);
    rlimit limit = before_;
    limit.rlim_cur = std::min<rlim_t>(before_.rlim_max, in_use() + (rlim_t{512} << 20));
    ::setrlimit(RLIMIT_DATA, &limit);
  }
  ~MemoryLimit() {
    if (!sanitized) ::setrlimit(RLIMIT_DATA, &before_);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  static rlim_t in_use();
  rlimit before_{};
};

/// The size of the process's data, which the limit is about.
inline rlim_t MemoryLimit::in_use() {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  unsigned long kib = 0;
  char line[256];
  while (status && std::fgets(line, sizeof line, status))
    if (std::sscanf(line, "VmData: %lu kB", &kib) == 1) break;
  if (status) std::fclose(status);
  return rlim_t{kib} << 10;
}

/// Reads `count` damaged forms of a file. Each is refused with an IoError, or read: then `check` says whether what was
/// read is right. Anything else that is thrown fails, and so does more than 10 seconds for one.
/// @param read is given the damaged bytes and returns what was read
/// @return how many were refused
template <class Read, class Check>
std::size_t survive(const char* format, const std::string& whole, std::size_t count, const Read& read,
                    const Check& check) {
  const MemoryLimit limit;
  std::size_t refused = 0, wrong = 0;
  std::string first;
  double longest = 0;
  for (std::size_t seed = 0; seed < count; ++seed) {
    Random random(seed);
    const std::string bytes = damaged(whole, random);
    const auto begin = std::chrono::steady_clock::now();
    std::string fault;
    try {
      if (!check(read(bytes), bytes)) fault = "what was read is wrong";
    } catch (const xgrad::IoError&) {
      ++refused;
    } catch (const std::exception& e) {
      fault = e.what();
    }
    longest = std::max(longest, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (fault.empty()) continue;
    ++wrong;
    if (first.empty()) first = "seed " + std::to_string(seed) + ": " + fault;
  }
  CHECK_MESSAGE(wrong == 0, format << ": " << wrong << " of " << count << " damaged files, the first of " << first);
  CHECK_MESSAGE(longest < 10, format << ": " << longest << " s for one file");
  CHECK_MESSAGE(refused > 0, format);
  return refused;
}

}  // namespace damage
