#pragma once
/// \file The logits behind a probability: how losses recognise a softmax or sigmoid and compute from what went into it.

#include <cstdint>

#include "xgrad/tape/var.hpp"

namespace xgrad::detail {

/// What made probabilities of logits: sigmoid, element by element, or softmax over the last axis.
enum class LogitsKind : std::uint8_t { sigmoid, softmax };

/// Notes that `output` is the sigmoid or softmax of `logits`. For whoever applies one: layers.
///
/// The thread remembers the latest few notes, and each only while its output lives: notes of dead outputs are dropped
/// at the next call of either function, and with them the hold on their logits. Takes nothing from the heap.
/// @param output,logits of one shape
void remember_logits(const Var& output, const Var& logits, LogitsKind kind);

/// The logits that `y_pred` is the sigmoid or softmax of: as noted, or found on the tape if they are in memory still.
/// @return an empty Var where there are none
Var logits_behind(const Var& y_pred, LogitsKind kind);

/// Drops all notes of this thread.
void forget_logits() noexcept;

}  // namespace xgrad::detail
