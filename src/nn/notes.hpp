#pragma once
// What layers tell one another of a value, beside the value.

#include <array>
#include <cstdint>
#include <utility>

#include "xgrad/tape/node.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad::detail {

/// Notes of a thread's latest few values, each only while its value lives. A value is known by node and serial, so that
/// a note keeps no hold on it; what is noted of a dead one is dropped, and with it the hold that it may have on others.
/// Takes nothing from the heap.
template <class What, std::size_t places>
class Notes {
 public:
  /// In a free place, else in that of the oldest note.
  void put(const Var& value, What what) {
    drop_dead();
    std::size_t at = next_;
    for (std::size_t i = 0; i < places; ++i)
      if (!notes_[(next_ + i) % places].value) {
        at = (next_ + i) % places;
        break;
      }
    if (!notes_[at].value) ++count_;
    notes_[at] = {value.node(), value.node()->serial, std::move(what)};
    next_ = (at + 1) % places;
  }
  /// The note of this value that `test` accepts, or null.
  template <class Test>
  const What* find(const Var& value, const Test& test) {
    if (count_ == 0) return nullptr;
    drop_dead();
    for (const Note& n : notes_)
      if (n.value == value.node() && test(n.what)) return &n.what;
    return nullptr;
  }

 private:
  struct Note {
    const Node* value = nullptr;
    std::uint64_t serial = 0;
    What what{};
  };
  void drop_dead() noexcept {
    if (count_ == 0) return;
    for (Note& n : notes_)
      if (n.value && (n.value->serial != n.serial || n.value->handles == 0)) {
        n = {};
        --count_;
      }
  }
  std::array<Note, places> notes_;
  std::size_t next_ = 0, count_ = 0;
};

}  // namespace xgrad::detail
