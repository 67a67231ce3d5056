#pragma once
// What is asked of the heap. For programs that link heap.cpp, which takes malloc's place in them.

#include <functional>

namespace heap {

/// Requests of ours and of other libraries (OpenBLAS, oneDNN, libgomp).
struct Count {
  long ours = 0, theirs = 0;
};
/// The requests during some work, on all threads.
Count count(const std::function<void()>& work);

/// On this thread: 1: the next request of ours fails, 2: the one after it, …; 0: none.
extern thread_local long fail_in;

}  // namespace heap
