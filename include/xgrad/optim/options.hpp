#pragma once
/// \file What any optimizer may do around its rule: clipping, weight decay, averages of the weights, accumulation.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "xgrad/core/location.hpp"

namespace xgrad {

/// What happens around a rule, in the order of one step:
///
/// ```
/// 1. gradient_accumulation_steps = k   the first k − 1 calls of a round only add up; the k-th uses the mean
/// 2. clipnorm = c                      each parameter's  g ← g c / max(‖g‖, c)
///    global_clipnorm = c               the same with the norm of all gradients together; NaN where it is not finite
///    clipvalue = v                     g ← min(max(g, −v), v)
/// 3. weight_decay = d                  w ← w − w d lr, then the rule
/// 4. use_ema, ema_momentum = m         a ← m a + (1 − m) w after the rule; a = w after a parameter's first update
///    ema_overwrite_frequency = f       w ← a after every f-th update
/// ```
/// The gradients that a parameter shows stay as they are. Only one kind of clipping may be set.
///
/// Where a parameter's gradient is that of a few rows of a table (`Parameter::row_grad`: embeddings), a rule decays the
/// momenta of all rows, as Keras's do. With `lazy` it sees only the rows that were read: momenta, decay and values of
/// the others stay, and a step costs no more for a longer table. SGD without momentum and Adagrad come to the same
/// either way, and go by rows by themselves.
///
/// With accumulation, a schedule sees the number of calls, and the rule the number of updates, as in Keras. Unlike in
/// Keras, averages are taken once per update and not on the calls that change nothing; a parameter that has no gradient
/// in some calls of a round gets the mean over all k, with zeros for those.
struct UpdateOptions {
  std::optional<double> clipnorm = std::nullopt;
  std::optional<double> clipvalue = std::nullopt;
  std::optional<double> global_clipnorm = std::nullopt;
  std::optional<double> weight_decay = std::nullopt;
  /// Parameters whose name contains one of these are not decayed.
  std::vector<std::string> exclude_from_weight_decay = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;
  /// Calls of `step` for one update; 1 is no accumulation.
  std::int64_t gradient_accumulation_steps = 1;
  /// Only the rows that were read are updated where a gradient comes as rows; not with accumulation.
  bool lazy = false;

  /// @throws ArgError where two kinds of clipping are set, a number is out of range, or `lazy` meets accumulation
  void check(const char* optimizer, Loc loc = Loc::current()) const;
};

}  // namespace xgrad
