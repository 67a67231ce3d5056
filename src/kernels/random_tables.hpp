#pragma once
// What each instruction set provides for random.hpp.

#include <cstdint>

namespace xgrad::kernels {

struct RandomTable {
  /// words[0 … 4 blocks): philox of the key {seed's halves} and the counters {block's halves, stream's halves}.
  void (*philox_blocks)(std::uint64_t seed, std::uint64_t stream, std::uint64_t first_block, std::int64_t blocks,
                        std::uint32_t* words);
};

}  // namespace xgrad::kernels
