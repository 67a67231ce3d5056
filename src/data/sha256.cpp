#include "data/sha256.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace xgrad::detail {

namespace {

constexpr std::size_t block = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
alignas(16) constexpr std::uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(const unsigned char* b) {
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

void portable_blocks(std::uint32_t* state, const unsigned char* bytes, std::size_t blocks) {
  for (; blocks > 0; --blocks, bytes += block) {
    std::uint32_t w[64];
    for (std::size_t i = 0; i < 16; ++i) w[i] = big_endian(bytes + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
      const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
      const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
      const std::uint32_t t1 =
          h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + choice + constants[i] + w[i];
      const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + majority;
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::uint32_t more[8] = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state[i] += more[i];
  }
}

#if defined(__x86_64__)
bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool ssse3_and_sse41 = __get_cpuid(1, &a, &b, &c, &d) && (c >> 9 & 1) && (c >> 19 & 1);
  return ssse3_and_sse41 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}

/// Four rounds at a time. The instructions want the state as (a, b, e, f) and (c, d, g, h), highest lane first.
__attribute__((target("sha,sse4.1"))) void native_blocks(std::uint32_t* state, const unsigned char* bytes,
                                                         std::size_t blocks) {
  const auto lanes = [&](int i, int k, int m, int n) __attribute__((target("sha,sse4.1"))) {
    return _mm_set_epi32(static_cast<int>(state[i]), static_cast<int>(state[k]), static_cast<int>(state[m]),
                         static_cast<int>(state[n]));
  };
  __m128i abef = lanes(0, 1, 4, 5), cdgh = lanes(2, 3, 6, 7);
  const __m128i swapped = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  for (; blocks > 0; --blocks, bytes += block) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; ++i)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes) + i), swapped);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      __m128i &now = w[i % 4], &after = w[(i + 1) % 4], &third = w[(i + 2) % 4], &last = w[(i + 3) % 4];
      const __m128i k = _mm_load_si128(reinterpret_cast<const __m128i*>(constants) + i);
      const __m128i sum = _mm_add_epi32(now, k);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      if (i < 12)  // the words of four steps on
        now = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(now, after), _mm_alignr_epi8(last, third, 4)),
                                   last);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  alignas(16) std::uint32_t out[8];
  _mm_store_si128(reinterpret_cast<__m128i*>(out), abef);
  _mm_store_si128(reinterpret_cast<__m128i*>(out) + 1, cdgh);
  const std::uint32_t after[8] = {out[3], out[2], out[7], out[6], out[1], out[0], out[5], out[4]};
  std::memcpy(state, after, sizeof after);
}
#endif

}  // namespace

Sha256::Sha256(bool portable)
    : blocks_(portable_blocks), state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {
#if defined(__x86_64__)
  static const bool native = has_sha_instructions();
  if (native && !portable) blocks_ = native_blocks;
#else
  (void)portable;
#endif
}

void Sha256::update(const void* bytes, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  if (const std::size_t held = size_ % block; held > 0) {
    const std::size_t n = std::min(size, block - held);
    std::memcpy(rest_.data() + held, at, n);
    size_ += n;
    at += n;
    size -= n;
    if (size_ % block != 0) return;
    blocks_(state_.data(), rest_.data(), 1);
  }
  blocks_(state_.data(), at, size / block);
  size_ += size;
  if (size % block != 0) std::memcpy(rest_.data(), at + size / block * block, size % block);
}

std::string Sha256::digest() {
  const std::uint64_t bits = 8 * size_;
  const unsigned char one = 0x80, zero = 0;
  update(&one, 1);
  while (size_ % block != block - 8) update(&zero, 1);
  unsigned char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<unsigned char>(bits >> (56 - 8 * i));
  update(length, 8);
  std::string text;
  for (std::uint32_t word : state_)
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
  return text;
}

std::string sha256_of(int fd) {
  Sha256 hash;
  std::vector<unsigned char> buffer(std::size_t{1} << 18);
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return {};
    if (n == 0) return hash.digest();
    hash.update(buffer.data(), static_cast<std::size_t>(n));
    at += n;
  }
}

}  // namespace xgrad::detail
