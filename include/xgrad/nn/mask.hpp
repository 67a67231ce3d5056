#pragma once
/// \file Masks that travel with values: which steps of each sample count.

#include "xgrad/tape/var.hpp"

namespace xgrad {

/// Notes that of `value` [n, steps, …] only the steps count where `mask` (bool [n, steps]) holds. Embedding with
/// `mask_zero` and Masking do so; layers that work step by step pass the mask on; recurrent layers, pooling over time
/// and losses heed it. The thread remembers the latest few, each while its value lives.
/// @return value @throws ShapeError, DTypeError for a mask that does not fit
Var with_mask(const Var& value, const Var& mask, Loc loc = Loc::current());

/// The mask that travels with a value; an empty Var where there is none.
Var mask_of(const Var& value) noexcept;

}  // namespace xgrad
