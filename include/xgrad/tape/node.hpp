#pragma once
/// \file What the tape stores for one recorded value. Users see it through Var and NodeView.

#include <cstdint>

#include "xgrad/core/array.hpp"

namespace xgrad::detail {

struct OpClass;
struct TapeState;

/// One value on a tape: what computed it, from what, and how long it must stay.
///
/// Nodes live in chunks that never move and are never given back, so that a Var can always look at its node; whether
/// the node is still the one it was made for, the serial tells.
struct Node {
  Array value;  // its memory goes as soon as no handle and no pending vjp needs it; shape and dtype stay
  const OpClass* op = nullptr;  // never null while alive: leaves have an OpClass of their own
  void* attributes = nullptr;   // the op's own data (axes, flags, closures), in the tape's arena
  TapeState* tape = nullptr;    // null: a loose constant, on no tape
  const char* label = nullptr;  // interned
  const char* path = nullptr;   // of the layer that recorded it, interned
  Loc loc;                      // the user's line
  std::uint64_t serial = 0;     // process-wide, never reused; 0 or with dead_bit: not alive
  // The two counters stand apart: a compiler that tests both with one wide load would wait for the store to either.
  std::uint32_t handles = 0;      // Vars that look at it
  std::uint32_t index = 0;        // position on the tape; order of recording is a topological order
  std::uint32_t saved = 0;        // pending vjps that will read the value
  std::uint32_t first_input = 0;  // into the tape's operand list
  std::uint32_t output = 0;       // which output of its op; those after 0 follow it on the tape
  std::uint16_t inputs = 0;       // number of operands
  std::uint8_t flags = 0;

  static constexpr std::uint64_t dead_bit = std::uint64_t{1} << 63;
  static constexpr std::uint8_t needs_grad_flag = 1;  // some gradient may be asked through it
  static constexpr std::uint8_t weak_flag = 2;        // a plain number: adopts the dtype of what it meets
  static constexpr std::uint8_t freed_flag = 4;       // a sweep has released what its vjp needs
  static constexpr std::uint8_t counted_flag = 8;     // its memory is in the tape's count

  bool needs_grad() const noexcept { return flags & needs_grad_flag; }
  bool weak() const noexcept { return flags & weak_flag; }
};

/// Called when the last handle of a node goes.
void last_handle_gone(Node* node) noexcept;
/// Throws StaleHandle or WrongThread for a node that may not be used here and now.
[[noreturn]] void refuse_handle(const Node* node, std::uint64_t serial, Loc loc);
/// A mark of the running thread.
inline const void* this_thread() noexcept {
  static thread_local char mark;
  return &mark;
}
/// The thread that the node's tape belongs to; null for a loose constant.
const void* thread_of(const Node* node) noexcept;

}  // namespace xgrad::detail
