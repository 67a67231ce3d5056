#pragma once
/// \file Pooled, reference-counted, 64-byte-aligned memory: the storage under every array.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace xgrad {

namespace detail {

/// The header that stands in front of a block (or apart from it, where memory is borrowed).
struct alignas(64) BufferHeader {
  std::atomic<std::uint32_t> references{1};
  std::uint32_t size_class = 0;
  std::size_t capacity = 0;
  std::byte* data = nullptr;
};

BufferHeader* acquire_buffer(std::size_t bytes);
BufferHeader* borrow_buffer(void* memory, std::size_t bytes);
void release_buffer(BufferHeader* header) noexcept;

}  // namespace detail

/// A handle to a block of memory, shared by copies. Blocks come from size-class free lists, last in, first out, so that
/// a training step reuses memory that is still in the cache, and steps of fixed shapes take nothing from the heap.
class Buffer {
 public:
  Buffer() noexcept = default;
  /// A block of at least `bytes`, uninitialised. @throws std::bad_alloc
  static Buffer allocate(std::size_t bytes) { return Buffer(detail::acquire_buffer(bytes)); }
  /// Memory of somebody else's, who keeps it alive and unchanged while any copy of this handle lives.
  static Buffer borrow(void* memory, std::size_t bytes) { return Buffer(detail::borrow_buffer(memory, bytes)); }

  Buffer(const Buffer& other) noexcept : header_(other.header_) {
    if (header_) header_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Buffer(Buffer&& other) noexcept : header_(std::exchange(other.header_, nullptr)) {}
  Buffer& operator=(const Buffer& other) noexcept {
    Buffer copy(other);
    std::swap(header_, copy.header_);
    return *this;
  }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(header_, other.header_);
    return *this;
  }
  ~Buffer() { reset(); }

  void reset() noexcept {
    if (!header_) return;
    // A sole owner needs no atomic read-modify-write: nobody else can be looking.
    if (header_->references.load(std::memory_order_acquire) == 1 ||
        header_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      detail::release_buffer(header_);
    }
    header_ = nullptr;
  }

  explicit operator bool() const noexcept { return header_ != nullptr; }
  std::byte* data() const noexcept { return header_ ? header_->data : nullptr; }
  std::size_t capacity() const noexcept { return header_ ? header_->capacity : 0; }
  /// Whether this handle is the only one, so that the block may be written in place. Borrowed memory is never unique.
  bool unique() const noexcept {
    return header_ && header_->references.load(std::memory_order_acquire) == 1 && !borrowed();
  }
  bool borrowed() const noexcept { return header_ && header_->size_class == borrowed_class; }
  friend bool operator==(const Buffer& a, const Buffer& b) noexcept { return a.header_ == b.header_; }

  static constexpr std::uint32_t borrowed_class = ~std::uint32_t{0};

 private:
  explicit Buffer(detail::BufferHeader* header) noexcept : header_(header) {}
  detail::BufferHeader* header_ = nullptr;
};

/// What the memory pool holds, over all threads.
struct PoolStatistics {
  std::size_t heap_allocations = 0;  ///< blocks ever taken from the heap
  std::size_t bytes_from_heap = 0;   ///< bytes now held, in use or cached
  std::size_t most_bytes = 0;        ///< the most that were ever held
};
PoolStatistics pool_statistics() noexcept;

/// Gives the cached blocks of this thread, and those that no thread claims, back to the heap.
void trim_pool() noexcept;

namespace detail {

/// Memory of the pool for other things than arrays.
void* pool_allocate(std::size_t bytes);
void pool_deallocate(void* memory) noexcept;

/// For containers that come and go in every step: their memory comes from the pool, not from the heap.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() noexcept = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) noexcept {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) { return static_cast<T*>(pool_allocate(n * sizeof(T))); }
  void deallocate(T* p, std::size_t) noexcept { pool_deallocate(p); }
  template <class U>
  friend bool operator==(const PoolAllocator&, const PoolAllocator<U>&) noexcept {
    return true;
  }
};

/// For tests: the n-th block asked for on this thread from now on (1 = the next) fails with std::bad_alloc; 0 switches
/// it off.
void fail_allocation(std::uint64_t nth) noexcept;
}  // namespace detail

}  // namespace xgrad
