// Malloc, counted. What OpenBLAS, oneDNN and libgomp ask for is told apart by who asks.

#include "support/heap.hpp"

#include <dlfcn.h>
#include <execinfo.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

thread_local long heap::fail_in = 0;

namespace {

std::atomic<bool> counting{false};
std::atomic<long> ours{0}, theirs{0};
thread_local bool inside = false;

enum class Whose { run_time, ours, theirs };
Whose whose(void* code) {
  Dl_info info;
  if (!dladdr(code, &info) || !info.dli_fname) return Whose::ours;
  const auto in = [&](const char* part) { return std::strstr(info.dli_fname, part) != nullptr; };
  if (in("libc.so") || in("libstdc++") || in("libc++") || in("ld-linux")) return Whose::run_time;
  return in("blas") || in("dnnl") || in("omp") ? Whose::theirs : Whose::ours;
}

/// Whether the nearest caller above the run-time libraries is somebody else's library.
bool foreign(void* caller) {
  if (const Whose w = whose(caller); w != Whose::run_time) return w == Whose::theirs;
  void* frames[24];
  const int n = backtrace(frames, 24);
  int i = 0;
  while (i < n && frames[i] != caller) ++i;
  for (; i < n; ++i)
    if (const Whose w = whose(frames[i]); w != Whose::run_time) return w == Whose::theirs;
  return false;
}

/// Counts a request. @return whether it is to be refused
bool note(void* caller) {
  if ((!counting && heap::fail_in == 0) || inside) return false;
  inside = true;
  const bool is_ours = !foreign(caller);
  ++(is_ours ? ours : theirs);
  inside = false;
  return is_ours && heap::fail_in > 0 && --heap::fail_in == 0;
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t n) { return note(__builtin_return_address(0)) ? nullptr : __libc_malloc(n); }
void* calloc(std::size_t n, std::size_t size) {
  return note(__builtin_return_address(0)) ? nullptr : __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t n) { return note(__builtin_return_address(0)) ? nullptr : __libc_realloc(p, n); }
void* aligned_alloc(std::size_t alignment, std::size_t n) {
  return note(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, n);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t n) {
  *p = note(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, n);
  return *p ? 0 : 12;
}
}

heap::Count heap::count(const std::function<void()>& work) {
  void* warm[4];
  backtrace(warm, 4);  // loads its library on first use
  ours = theirs = 0;
  counting = true;
  work();
  counting = false;
  return {ours, theirs};
}
