#pragma once
// The suite's problems as workloads: the gradient against our own objective without recording.

#include "harness.hpp"

namespace bench {

/// Reports gmm_d10_k10, gmm_d32_k25, gmm_d64_k50, lstm_l2_c1024, ba1 and hand_simple; says so where $XGRAD_DATA has no
/// suite.
void report_adbench(Report& report);

}  // namespace bench
