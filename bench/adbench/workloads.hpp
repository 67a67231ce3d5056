#pragma once
// The suite's problems as workloads: the gradient against our own objective without recording.

#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"

namespace bench {

struct Problem {
  std::string name;
  std::function<std::pair<Step, Step>()> open;  // the gradient (forward included); the objective alone
};

/// gmm_d10_k10, gmm_d32_k25, gmm_d64_k50, lstm_l2_c1024, ba1 and hand_simple; none where $XGRAD_DATA has no suite.
std::vector<Problem> adbench_problems();

}  // namespace bench
