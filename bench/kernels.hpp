#pragma once
// The kernels without the tape, against loops that one would write by hand.

#include "harness.hpp"

namespace bench {

/// Every kernel at 1 KB, 64 KB and 4 MB of float operand, and those of the dense layer, the optimizers and sparse
/// products at the sizes of the training steps. On the threads set.
void kernel_workloads(Report& report, int threads);

}  // namespace bench
