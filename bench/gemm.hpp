#pragma once
// Matrix products as the library would compute them, against each provider alone.

#include "harness.hpp"

namespace bench {

/// gemm_f32_… and gemm_f64_…, on the threads set; one line for each provider of this build.
void gemm_workloads(Report& report, int threads);

}  // namespace bench
