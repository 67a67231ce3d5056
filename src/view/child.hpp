#pragma once
// Another program, run on a text.

#include <string>
#include <vector>

namespace xgrad::detail {

struct ChildResult {
  bool found = true;       // false: there is no such program
  bool timed_out = false;  // it was ended
  int status = 0;          // what it exited with; 128 + n where signal n ended it
  std::string output, errors;
};

/// Runs a program of the user's PATH, without a shell: writes `input` to it, and gathers what it says.
/// @param seconds after which it is ended
ChildResult run_child(const std::vector<std::string>& command, const std::string& input, double seconds);

}  // namespace xgrad::detail
