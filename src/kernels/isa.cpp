#include "kernels/isa.hpp"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>

namespace xgrad::kernels {
namespace {

constexpr const char* kNames[] = {"baseline", "v3", "v4"};

bool cpu_has(Isa isa) noexcept {
#ifdef XGRAD_X86_64
  // __builtin_cpu_supports also asks the operating system whether it saves the wide registers. The lists are those of
  // the x86-64 psABI, less what every processor with AVX2 or AVX-512 has.
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  switch (isa) {
    case Isa::baseline:
      return true;
    case Isa::v3:
      return v3;
    case Isa::v4:
      return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
  }
  return false;
#else
  return isa == Isa::baseline;
#endif
}

int find(const char* name) noexcept {
  for (int i = 0; i < 3; ++i) {
    if (std::strcmp(name, kNames[i]) == 0 && cpu_has(static_cast<Isa>(i))) return i;
  }
  return -1;
}

}  // namespace

namespace detail {
namespace {

std::mutex slots_mutex;
Slot* slots = nullptr;

}  // namespace

void remember(Slot& slot, const void* table) {
  const std::lock_guard lock(slots_mutex);
  if (slot.table.exchange(table, std::memory_order_release) != nullptr) return;  // another thread came first
  for (Slot* s = slots; s != nullptr; s = s->next) {
    if (s == &slot) return;  // cleared since
  }
  slot.next = slots;
  slots = &slot;
}

int choose_isa() {
  int isa = 2;
  const char* wanted = std::getenv("XGRAD_ISA");
  if (wanted != nullptr && *wanted != '\0') {
    isa = find(wanted);
    if (isa < 0) {
      std::string available = "baseline";
      for (int i = 1; i < 3; ++i) {
        if (cpu_has(static_cast<Isa>(i))) available += std::string(", ") + kNames[i];
      }
      throw std::runtime_error(std::string("xgrad: XGRAD_ISA needs one of ") + available + " on this machine; got '" +
                               wanted + "'");
    }
  } else {
    while (!cpu_has(static_cast<Isa>(isa))) --isa;
  }
  active_isa.store(isa, std::memory_order_relaxed);
  return isa;
}

}  // namespace detail

const char* active_isa() { return kNames[static_cast<int>(active())]; }

bool has_isa(const char* name) noexcept { return find(name) >= 0; }

bool select_isa(const char* name) noexcept {
  const int isa = find(name);
  if (isa < 0) return false;
  const std::lock_guard lock(detail::slots_mutex);
  detail::active_isa.store(isa, std::memory_order_relaxed);
  for (detail::Slot* s = detail::slots; s != nullptr; s = s->next) s->table.store(nullptr, std::memory_order_release);
  return true;
}

}  // namespace xgrad::kernels
