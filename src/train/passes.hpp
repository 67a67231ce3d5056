#pragma once
// What fit, evaluate and the passes over single batches check and prepare.

#include "train/trainer.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad::detail {

/// Errors of a pass name the user's line, not the library's.
class Pass {
 public:
  explicit Pass(Loc loc) {
    if (!mode().origin.known()) mode().origin = loc;
  }

 private:
  ModeGuard restore_;
};

/// @throws ArgError for no samples; ShapeError where they and the targets are not as many
void need_samples(const char* operation, const Samples& x, const Array& y, Loc loc);
/// The number. @throws ArgError unless it is positive
std::int64_t positive(const char* operation, const char* what, std::int64_t n, Loc loc);
/// Weights of samples from the user's and from those of classes; empty where all count alike.
/// @throws ShapeError, ArgError
Array sample_weights(const char* operation, const Array& y, const Array& given,
                     const std::map<std::int64_t, double>& of_classes, Loc loc);

}  // namespace xgrad::detail
