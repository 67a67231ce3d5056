#pragma once
/// \file One thread setting for the whole library: its own loops, OpenBLAS and oneDNN.

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "xgrad/core/location.hpp"

namespace xgrad {

/// How many threads the library uses. At first: the environment variable XGRAD_NUM_THREADS if set, else the smaller of
/// the processors that this process may run on and its control group's quota.
/// @throws ArgError where XGRAD_NUM_THREADS is not a whole number from 1
int num_threads();

/// Sets it, for the whole process. Results are repeatable bit for bit at a fixed number of threads.
/// @throws ArgError for n < 1
void set_num_threads(int n, Loc loc = Loc::current());

/// Whether results must not depend on the number of threads: matrix products then run on one thread each, while the
/// library's own loops, whose order of summation is fixed by shape alone, still use all.
bool strict() noexcept;
/// Sets it, for the whole process.
void set_strict(bool on) noexcept;

/// A callable seen through a pointer: no copy, no heap. It must outlive the call that it is passed to.
template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& f)
  noexcept  // NOLINT: implicit, so that a lambda can be passed where a FunctionRef is wanted
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// Calls body(begin, end) for pieces that cover [0, n) once, each on its own thread.
///
/// Runs inline, as body(0, n), where n ≤ grain, where one thread is set, or inside another parallel region (regions
/// never nest). Pieces are of nearly equal size and begin at multiples of `align`.
/// @param n how many elements; nothing is called for n ≤ 0
/// @param grain up to how many elements a second thread does not pay
/// @param align 64 keeps threads off each other's cache lines; rows and other large items take 1
/// @throws the first exception that any piece threw, after all have ended
void parallel_for(std::int64_t n, std::int64_t grain, FunctionRef<void(std::int64_t, std::int64_t)> body,
                  std::int64_t align = 64);

/// While one is alive, libraries built on OpenMP (OpenBLAS, LAPACK, oneDNN) run on one thread when this thread calls
/// them. The caller's own OpenMP setting comes back at the end.
class OneThread {
 public:
  OneThread() noexcept;
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = 1;
};

/// Whether the caller runs inside a piece of a `parallel_for` that uses several threads (or in an OpenMP region of the
/// user).
bool in_parallel_region() noexcept;

}  // namespace xgrad
