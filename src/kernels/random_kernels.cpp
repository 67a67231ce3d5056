#include <cstddef>

#include "kernels/isa.hpp"
#include "kernels/random_tables.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using U32 = std::uint32_t;
using U64 = std::uint64_t;
typedef U64 Lanes __attribute__((vector_size(kVectorBytes)));  // a 32-bit number in the low half of each lane

constexpr int kLanes = kVectorBytes / 8;

Lanes all(U64 x) { return x - Lanes{}; }

/// Low half times low half, lane by lane; the high halves may hold anything.
Lanes multiply(Lanes a, Lanes b) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_maskz_mul_epu32((__mmask8)-1, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (Lanes)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & all(0xFFFFFFFF)) * (b & all(0xFFFFFFFF));
#endif
}

/// One block per lane, in the order of their words. See `philox` for the rounds.
void lanes_of_blocks(U64 seed, U64 stream, U64 first_block, U32* words) {
  Lanes block = all(first_block);
  for (int i = 0; i < kLanes; ++i) block[i] += static_cast<U64>(i);
  Lanes c0 = block, c1 = block >> 32, c2 = all(stream), c3 = all(stream >> 32);
  U32 k0 = static_cast<U32>(seed), k1 = static_cast<U32>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Lanes p = multiply(c0, all(0xD2511F53)), q = multiply(c2, all(0xCD9E8D57));
    c0 = (q >> 32) ^ c1 ^ all(k0);
    c1 = q;
    c2 = (p >> 32) ^ c3 ^ all(k1);
    c3 = p;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  U64 pairs[2][kLanes];
  const Lanes low = (c0 & all(0xFFFFFFFF)) | (c1 << 32), high = (c2 & all(0xFFFFFFFF)) | (c3 << 32);
  __builtin_memcpy(pairs[0], &low, sizeof low);
  __builtin_memcpy(pairs[1], &high, sizeof high);
  for (int i = 0; i < kLanes; ++i) {
    const U32 out[4] = {static_cast<U32>(pairs[0][i]), static_cast<U32>(pairs[0][i] >> 32),
                        static_cast<U32>(pairs[1][i]), static_cast<U32>(pairs[1][i] >> 32)};
    __builtin_memcpy(words + 4 * i, out, sizeof out);
  }
}

void philox_blocks(U64 seed, U64 stream, U64 first_block, std::int64_t blocks, U32* words) {
  std::int64_t i = 0;
  for (; i + kLanes <= blocks; i += kLanes) {
    lanes_of_blocks(seed, stream, first_block + static_cast<U64>(i), words + 4 * i);
  }
  if (i < blocks) {
    U32 last[4 * kLanes];
    lanes_of_blocks(seed, stream, first_block + static_cast<U64>(i), last);
    __builtin_memcpy(words + 4 * i, last, static_cast<std::size_t>(blocks - i) * 4 * sizeof(U32));
  }
}

constexpr RandomTable functions{philox_blocks};

}  // namespace

template <>
const RandomTable& table() {
  return functions;
}

}  // namespace xgrad::kernels::XGRAD_ISA
