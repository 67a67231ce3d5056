#include "xgrad/core/buffer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#define XGRAD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define XGRAD_ASAN 1
#endif
#endif
#ifdef XGRAD_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace xgrad::detail {

namespace {

// Size classes: 64, 128, … 64 KiB by doubling; above, two steps a doubling (96 KiB, 128 KiB, 192 KiB, …), and from
// 1 MiB to 1 TiB sixteen (1088 KiB, 1152 KiB, …): a data set should not cost half as much again.
constexpr std::size_t smallest = 64;
constexpr std::size_t doubling_limit = std::size_t{64} << 10;
constexpr std::size_t coarse_limit = std::size_t{1} << 20;
constexpr std::uint32_t class_count = 19 + 20 * 16;
constexpr std::uint32_t oversize_class = class_count;  // straight from and to the heap
constexpr std::size_t huge_page = std::size_t{2} << 20;

struct SizeClass {
  std::uint32_t index;
  std::size_t bytes;
};

SizeClass size_class_of(std::size_t bytes) {
  if (bytes <= smallest) return {0, smallest};
  const std::size_t power = std::bit_ceil(bytes);
  const auto doublings = static_cast<std::uint32_t>(std::countr_zero(power)) - 6;  // 128 B is 1, 64 KiB is 10
  if (power <= doubling_limit) return {doublings, power};
  if (power <= coarse_limit) {
    const std::size_t three_quarters = power / 4 * 3;
    const std::uint32_t index = 10 + 2 * (doublings - 10);  // 1 MiB is 18
    return bytes <= three_quarters ? SizeClass{index - 1, three_quarters} : SizeClass{index, power};
  }
  const std::size_t step = power / 32, steps = (bytes - power / 2 + step - 1) / step;  // 1 to 16, up from power / 2
  const std::uint32_t index = 18 + 16 * (doublings - 15) + static_cast<std::uint32_t>(steps);
  return index < class_count ? SizeClass{index, power / 2 + steps * step} : SizeClass{oversize_class, bytes};
}

/// How many blocks of one class a thread keeps before it hands half of them to everybody.
std::size_t cache_limit(std::size_t bytes) { return std::max<std::size_t>(64, (std::size_t{4} << 20) / bytes); }

std::atomic<std::size_t> heap_allocations{0}, heap_bytes{0}, most_heap_bytes{0};

void poison([[maybe_unused]] BufferHeader* h) noexcept {
#ifdef XGRAD_ASAN
  __asan_poison_memory_region(h->data, h->capacity);
#endif
}
void unpoison([[maybe_unused]] BufferHeader* h) noexcept {
#ifdef XGRAD_ASAN
  __asan_unpoison_memory_region(h->data, h->capacity);
#endif
}

BufferHeader* from_heap(SizeClass c) {
  const std::size_t alignment = c.bytes >= huge_page ? huge_page : 64;
  const std::size_t total = (sizeof(BufferHeader) + c.bytes + alignment - 1) / alignment * alignment;
  if (total < c.bytes) throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, total);
  if (!memory) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (c.bytes >= huge_page) madvise(memory, total, MADV_HUGEPAGE);  // advice: a refusal changes nothing
#endif
  auto* header = new (memory) BufferHeader;
  header->size_class = c.index;
  header->capacity = c.bytes;
  header->data = static_cast<std::byte*>(memory) + sizeof(BufferHeader);
  heap_allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t now = heap_bytes.fetch_add(c.bytes, std::memory_order_relaxed) + c.bytes;
  std::size_t most = most_heap_bytes.load(std::memory_order_relaxed);
  while (most < now && !most_heap_bytes.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
  }
  return header;
}

void to_heap(BufferHeader* header) noexcept {
  heap_bytes.fetch_sub(header->capacity, std::memory_order_relaxed);
  unpoison(header);
  std::free(header);
}

/// Free blocks of one class, last in, first out. A stack of addresses, not a linked list, so that a block can be
/// fetched into the cache before its turn: on a long tape it left the cache long ago.
class FreeList {
 public:
  std::size_t count() const noexcept { return blocks_.size(); }
  void push(BufferHeader* h) noexcept {
    try {
      blocks_.push_back(h);
    } catch (const std::bad_alloc&) {
      to_heap(h);
    }
  }
  /// The block put there last, or null.
  BufferHeader* pop() noexcept {
    if (blocks_.empty()) return nullptr;
    BufferHeader* h = blocks_.back();
    blocks_.pop_back();
    if (blocks_.size() >= ahead) {
      const BufferHeader* soon = blocks_[blocks_.size() - ahead];
      __builtin_prefetch(soon, 1);
      __builtin_prefetch(soon + 1, 1);
      __builtin_prefetch(soon + 2, 1);
    }
    return h;
  }

 private:
  static constexpr std::size_t ahead = 4;
  std::vector<BufferHeader*> blocks_;
};

/// Blocks that no thread claims: what a finished thread left, and what one thread frees and another allocates.
struct SharedPool {
  std::mutex mutex;
  std::array<FreeList, class_count> lists;
};

SharedPool& shared_pool() {
  static auto* pool = new SharedPool;  // outlives every thread's cache
  return *pool;
}

struct ThreadCache {
  std::array<FreeList, class_count> lists;
  std::uint64_t fail_in = 0;

  ~ThreadCache() {
    for (std::uint32_t c = 0; c < class_count; ++c) share(c, lists[c].count());
  }
  void share(std::uint32_t c, std::size_t count) noexcept {
    if (count == 0) return;
    std::lock_guard lock(shared_pool().mutex);
    while (count-- > 0) shared_pool().lists[c].push(lists[c].pop());
  }
  void refill(std::uint32_t c, std::size_t bytes) noexcept {
    std::lock_guard lock(shared_pool().mutex);
    FreeList& shared = shared_pool().lists[c];
    for (std::size_t n = cache_limit(bytes) / 2; n > 0 && shared.count() > 0; --n) lists[c].push(shared.pop());
  }
};

// A plain pointer is read without the guard that a thread_local with a destructor costs on every use.
thread_local ThreadCache* cache = nullptr;
thread_local bool cache_gone = false;

ThreadCache* make_cache() {
  struct Owner {
    ThreadCache own;
    Owner() { cache = &own; }
    ~Owner() {
      cache = nullptr;
      cache_gone = true;
    }
  };
  if (cache_gone) return nullptr;
  static thread_local Owner owner;
  return cache;
}

}  // namespace

BufferHeader* acquire_buffer(std::size_t bytes) {
  const SizeClass c = size_class_of(bytes);
  ThreadCache* mine = cache ? cache : make_cache();
  if (mine && mine->fail_in != 0 && --mine->fail_in == 0) throw std::bad_alloc();
  if (mine && c.index < class_count) {
    FreeList& list = mine->lists[c.index];
    if (list.count() == 0) mine->refill(c.index, c.bytes);
    if (BufferHeader* header = list.pop()) {
      unpoison(header);
      header->references.store(1, std::memory_order_relaxed);
      return header;
    }
  }
  return from_heap(c);
}

BufferHeader* borrow_buffer(void* memory, std::size_t bytes) {
  // The header of the smallest block, which points elsewhere meanwhile: so this, too, takes nothing from the heap.
  BufferHeader* header = acquire_buffer(smallest);
  header->size_class = Buffer::borrowed_class;
  header->capacity = bytes;
  header->data = static_cast<std::byte*>(memory);
  return header;
}

void release_buffer(BufferHeader* header) noexcept {
  if (header->size_class == Buffer::borrowed_class) {
    header->size_class = 0;
    header->capacity = smallest;
    header->data = reinterpret_cast<std::byte*>(header) + sizeof(BufferHeader);
  }
  ThreadCache* mine = cache ? cache : make_cache();
  if (!mine || header->size_class == oversize_class) {
    to_heap(header);
    return;
  }
  const std::uint32_t c = header->size_class;
  const std::size_t limit = cache_limit(header->capacity);
  poison(header);
  mine->lists[c].push(header);
  if (mine->lists[c].count() > limit) mine->share(c, limit / 2);
}

void* pool_allocate(std::size_t bytes) { return acquire_buffer(bytes)->data; }
void pool_deallocate(void* memory) noexcept {
  release_buffer(reinterpret_cast<BufferHeader*>(static_cast<std::byte*>(memory) - sizeof(BufferHeader)));
}

void fail_allocation(std::uint64_t nth) noexcept {
  if (ThreadCache* mine = cache ? cache : make_cache()) mine->fail_in = nth;
}

}  // namespace xgrad::detail

namespace xgrad {

PoolStatistics pool_statistics() noexcept {
  return {detail::heap_allocations.load(std::memory_order_relaxed), detail::heap_bytes.load(std::memory_order_relaxed),
          detail::most_heap_bytes.load(std::memory_order_relaxed)};
}

void trim_pool() noexcept {
  for (std::uint32_t c = 0; c < detail::class_count; ++c) {
    if (detail::cache)
      while (auto* header = detail::cache->lists[c].pop()) detail::to_heap(header);
    std::lock_guard lock(detail::shared_pool().mutex);
    while (auto* header = detail::shared_pool().lists[c].pop()) detail::to_heap(header);
  }
}

}  // namespace xgrad
