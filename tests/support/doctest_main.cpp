// The one main of every test program: doctest's, in a library of its own, since it takes seconds to compile.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

// Can this machine run the kernels that XGRAD_ISA asks for?
bool machine_has_forced_isa() {
  const char* forced = std::getenv("XGRAD_ISA");
  if (forced == nullptr) return true;
  [[maybe_unused]] const std::string_view isa = forced;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == "v3") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == "v4") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  }
#endif
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  setenv("XGRAD_OFFLINE", "1", 1);  // no test, nor a program that it runs, asks another machine for anything
  constexpr int kSkipped = 77;      // what meson takes for "skipped"
  if (!machine_has_forced_isa()) {
    std::printf("skipped: this machine cannot run XGRAD_ISA=%s\n", std::getenv("XGRAD_ISA"));
    return kSkipped;
  }
  return doctest::Context(argc, argv).run();
}
