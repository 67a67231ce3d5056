#pragma once
// What a tape would hold that keeps no values.

#include <cstdint>
#include <span>
#include <vector>

#include "xgrad/tape/node.hpp"

namespace xgrad::view {

/// The memory of values over a recording and its sweep.
///
/// A value is alive from when it is recorded until nobody needs it: no handle, no rule that is still to run and reads
/// it. A handle that is there now was there all the time; of others it is known only that they went, and they are
/// taken to have gone when their last reader was recorded. (Temporaries of one statement live a little longer.)
/// Values that share memory with parameters, data or an operand are not counted: the tape does not, either.
class Liveness {
 public:
  /// @param nodes in the order of their tape; looks at their handles
  explicit Liveness(std::span<detail::Node* const> nodes);
  /// The rule of node `i` (the first result of its op) has run.
  void rule_ran(std::size_t i);

  const std::vector<std::int64_t>& forward() const noexcept { return forward_; }
  const std::vector<std::int64_t>& backward() const noexcept { return backward_; }

 private:
  struct Value {
    std::int64_t bytes = 0;
    std::int32_t pending = 0;  // uses by rules that are still to run
    bool held = false;
    std::size_t last_reader = 0;
  };
  std::size_t place(const detail::Node* node) const;
  /// Calls `f` for every value that the rule of node i reads.
  template <class F>
  void for_saved(std::size_t i, F f);

  std::span<detail::Node* const> nodes_;
  std::vector<std::size_t> places_;  // by index on the tape
  std::vector<Value> values_;
  std::vector<std::int64_t> forward_, backward_;
  std::int64_t bytes_ = 0;
};

}  // namespace xgrad::view
