#pragma once
// Memory aligned as Arrays are, so that neither side of a comparison pays for vectors across cache lines.

#include <cstddef>
#include <new>
#include <vector>

namespace bench {

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64))); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t(64)); }
  friend bool operator==(AlignedAllocator, AlignedAllocator) { return true; }
};

using Floats = std::vector<float, AlignedAllocator<float>>;

}  // namespace bench
