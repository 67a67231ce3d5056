#pragma once
// What a compiled model is checked for.

#include "train/trainer.hpp"

namespace xgrad::detail {

/// Runs the built model once on x (in inference mode), or on numbers of our own, and looks at all of y, or at none.
ModelReport check_model(const Model& model, const Trainer& trainer, const Samples& x, const Array& y);
/// Whether a loss takes logits.
bool from_logits(Loss loss);
/// Whether a loss, by its name, is of questions of yes or no.
bool is_binary(std::string_view loss) noexcept;
/// Says on the standard error stream what is found, notes and what was said before left out.
void warn(const Model& model, Trainer& trainer, const Samples& x, const Array& y);

}  // namespace xgrad::detail
