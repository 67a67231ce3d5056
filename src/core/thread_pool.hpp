#pragma once
// The library's own threads. They take pieces of one job at a time; the caller takes pieces too, and does not wait for
// a thread that the system has not woken: where other processes hold the processors, a job costs no more than on one
// thread.

#include <cstdint>

#include "xgrad/core/threads.hpp"

namespace xgrad::detail {

/// Calls piece(i) for i in [0, pieces), each once, on the caller and up to pieces − 1 threads of the pool (on the
/// caller alone while another thread's job has the pool). Returns when all have ended. piece must not throw.
void run_pieces(int pieces, FunctionRef<void(int)> piece);

/// Processors that the scheduler lets this process use.
int allowed_processors();

/// Whether the calling thread is one of the pool's, or runs pieces itself.
bool on_pool() noexcept;

}  // namespace xgrad::detail
