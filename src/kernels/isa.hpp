#pragma once
// Which instruction set the kernels run on: chosen once by cpuid, or by the environment variable XGRAD_ISA.

#include <atomic>

namespace xgrad::kernels {

/// The instruction sets that kernels are compiled for: the compiler's default, x86-64-v3 (AVX2, FMA), x86-64-v4
/// (AVX-512).
enum class Isa : int { baseline = 0, v3 = 1, v4 = 2 };

namespace detail {
inline std::atomic<int> active_isa{-1};  // -1: not yet chosen
int choose_isa();                        // reads XGRAD_ISA and cpuid
}  // namespace detail

/// The instruction set in use.
/// @throws std::runtime_error if XGRAD_ISA names one that this build or machine does not have.
inline Isa active() {
  const int isa = detail::active_isa.load(std::memory_order_relaxed);
  return static_cast<Isa>(isa >= 0 ? isa : detail::choose_isa());
}

/// Its name: "baseline", "v3" or "v4". @throws as `active`.
const char* active_isa();

/// Whether this build and this machine have the instruction set of that name.
bool has_isa(const char* name) noexcept;

/// Uses the named instruction set from now on; false, and nothing changes, where it is not available. Not to be called
/// while kernels run.
bool select_isa(const char* name) noexcept;

// Each kernel source is compiled once per instruction set inside its namespace and there defines
// `template <> const SomeTable& table<SomeTable>()`: a constant struct of function pointers. The primary templates are
// never defined, so a missing table is a link error.
namespace baseline {
template <class Table>
const Table& table();
}
namespace v3 {
template <class Table>
const Table& table();
}
namespace v4 {
template <class Table>
const Table& table();
}

namespace detail {
/// Where the table in use is remembered; all that hold one are linked, for `select_isa` to clear.
struct Slot {
  std::atomic<const void*> table{nullptr};
  Slot* next = nullptr;
};
template <class Table>
inline constinit Slot slot;
void remember(Slot& slot, const void* table);

template <class Table>
[[gnu::noinline, gnu::cold]] const Table& choose_table() {
  const Table* chosen = nullptr;
  switch (active()) {
#ifdef XGRAD_X86_64
    case Isa::v4:
      chosen = &v4::table<Table>();
      break;
    case Isa::v3:
      chosen = &v3::table<Table>();
      break;
#endif
    default:
      chosen = &baseline::table<Table>();
  }
  remember(slot<Table>, chosen);
  return *chosen;
}
}  // namespace detail

/// The table of the instruction set in use: one load. @throws as `active`.
template <class Table>
inline const Table& table() {
  const void* known = detail::slot<Table>.table.load(std::memory_order_acquire);
  if (known != nullptr) [[likely]]
    return *static_cast<const Table*>(known);
  return detail::choose_table<Table>();
}

}  // namespace xgrad::kernels
