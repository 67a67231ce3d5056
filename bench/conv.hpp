#pragma once
// Convolutions: forward, and the gradients of kernel (_dw) and operand (_dx).

#include <string>

#include "harness.hpp"

namespace bench {

/// conv_28x1_32, conv_28x1_32_dw, … on the threads set; one line for each provider of this build.
void conv_workloads(Report& report, int threads);

/// The step of one of them; empty for other names.
Step conv_step(const std::string& name);

}  // namespace bench
