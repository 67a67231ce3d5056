#pragma once
// SHA-256, to tell whether a file is the one that it should be. The algorithm: FIPS 180-4.
//
// Our own, since what libcurl was built on (OpenSSL, GnuTLS, …) differs from system to system, and builds without
// libcurl verify what they find, too.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace xgrad::detail {

class Sha256 {
 public:
  /// With the processor's own instructions where it has them; `portable` does without.
  explicit Sha256(bool portable = false);

  void update(const void* bytes, std::size_t size);
  /// Of all bytes so far, as 64 hexadecimal digits. Afterwards this object is done.
  std::string digest();

 private:
  using Blocks = void (*)(std::uint32_t* state, const unsigned char* bytes, std::size_t blocks);

  Blocks blocks_;
  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> rest_{};
  std::uint64_t size_ = 0;
};

/// Of all bytes of an open file, whatever its position. Empty, with errno set, where it cannot be read.
std::string sha256_of(int fd);

}  // namespace xgrad::detail
