#pragma once
/// \file checkpoint: keep a function's result and compute the rest again when the gradient needs it.

#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "xgrad/autodiff/backward.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

namespace detail {

/// What a replay has to restore and to find again.
struct CheckpointFacts {
  TapeState* tape = nullptr;
  const char* path = nullptr;
  bool training = false, fusion = true, verify = false;
  std::uint64_t random_seed = 0, stream_before = 0, stream_after = 0;
  std::uint64_t digest = 0;       // of the results' bytes, where `verify`
  std::size_t ops = 0;            // that the function recorded
  std::span<Array> outputs = {};  // while it is being recorded only
  void infer(Infer& i) const;
  void forward(Run& run) const;
};

struct CheckpointLists;

/// The first run of a checkpointed function. What it records is dropped again, on an exception too.
class CheckpointRecording {
 public:
  CheckpointRecording(std::span<const Arg> inputs, Loc loc);
  ~CheckpointRecording();
  CheckpointRecording(const CheckpointRecording&) = delete;
  CheckpointRecording& operator=(const CheckpointRecording&) = delete;
  /// Whether there is anything to save: false where nothing would be recorded.
  bool active() const noexcept { return facts_.tape != nullptr; }
  std::span<const Var> inputs() const noexcept;
  std::vector<Var>& results() noexcept;
  /// Finds what the function has read and drops what it has recorded.
  CheckpointFacts finish();
  std::span<const Arg* const> operands() const noexcept;

 private:
  ModeGuard mode_;
  Loc loc_;
  std::size_t mark_ = 0;
  bool finished_ = false;
  CheckpointFacts facts_;
  CheckpointLists* lists_;  // kept by the thread between calls
};

/// Sets the modes for a replay, and checks what it gave.
class CheckpointReplay {
 public:
  CheckpointReplay(const CheckpointFacts& facts, std::span<const Var> operands);
  ~CheckpointReplay();
  CheckpointReplay(const CheckpointReplay&) = delete;
  CheckpointReplay& operator=(const CheckpointReplay&) = delete;
  void check(std::span<const Var> results) const;

 private:
  ModeGuard mode_;
  const CheckpointFacts& facts_;
  std::uint64_t seed_, stream_;
  std::size_t begin_;
  Loc loc_;
};

/// Calls f with its inputs, and takes its one result or its several.
template <std::size_t N, class F>
void call_checkpointed(const F& f, std::span<const Var> in, std::vector<Var>& out) {
  const auto collect = [&out](auto&& result) {
    if constexpr (std::is_convertible_v<decltype(result), Var>) {
      out.push_back(std::forward<decltype(result)>(result));
    } else {
      for (auto& r : result) out.push_back(r);
    }
  };
  if constexpr (N == 0) {
    collect(f(std::vector<Var>(in.begin(), in.end())));
  } else {
    [&]<std::size_t... I>(std::index_sequence<I...>) { collect(f(in[I]...)); }
    (std::make_index_sequence<N>{});
  }
}

/// The node that is kept. N: how many Vars f takes; 0: a vector of them.
template <class F, std::size_t N>
struct Checkpoint {
  static constexpr OpInfo info{.name = "checkpoint", .uniform = false, .view = true};
  F f;
  std::size_t inputs;
  CheckpointFacts facts;
  void infer(Infer& i) const { facts.infer(i); }
  void forward(Run& run) const { facts.forward(run); }
  void decompose(std::span<const Var> operands, std::vector<Var>& out) const {
    const CheckpointReplay replay(facts, operands);
    call_checkpointed<N>(f, std::span<const Var>(operands.data(), inputs), out);
    replay.check(std::span<const Var>(out.data(), out.size()));
  }
};

template <class F, std::size_t... I>
auto call_with_vars(const F& f, std::index_sequence<I...>)
    -> decltype(f((static_cast<void>(I), std::declval<const Var&>())...));
template <class F>
auto call_with_vars(const F& f, std::index_sequence<>) -> decltype(f(std::declval<const std::vector<Var>&>()));

/// A callable whose move may throw (it has captured a const std::vector, say), held where it can stay.
template <class F>
struct SharedFunction {
  std::shared_ptr<const F> f;
  template <class... V>
  auto operator()(const V&... v) const -> decltype(std::declval<const F&>()(v...)) {
    return (*f)(v...);
  }
};

template <std::size_t N, class F>
auto checkpoint_of(F f, std::span<const Arg> inputs, Loc loc) {
  CheckpointRecording recording(inputs, loc);
  std::vector<Var>& results = recording.results();
  call_checkpointed<N>(f, recording.inputs(), results);
  if (recording.active()) {
    Checkpoint<F, N> op{std::move(f), inputs.size(), recording.finish()};
    const Fusion on(true);  // it stays one node in any case
    record_many(op_class<Checkpoint<F, N>>, &op, recording.operands(), loc, results);
  }
  using Result = decltype(call_with_vars(std::declval<const F&>(), std::make_index_sequence<N>{}));
  if constexpr (std::is_convertible_v<Result, Var>) {
    return Var(std::move(results[0]));
  } else {
    return std::vector<Var>(results);
  }
}

std::vector<Arg> arguments(const std::vector<Var>& inputs, Loc loc);

template <std::size_t N, class F>
auto checkpoint(F f, std::span<const Arg> inputs, Loc loc) {
  if constexpr (std::is_nothrow_move_constructible_v<F>) {
    return checkpoint_of<N>(std::move(f), inputs, loc);
  } else {
    return checkpoint_of<N>(SharedFunction<F>{std::make_shared<const F>(std::move(f))}, inputs, loc);
  }
}

}  // namespace detail

/// f(a, …), of which the tape keeps only the result: when the gradient needs the values in between, f runs again.
///
/// Memory for time: a chain of n layers, checkpointed in pieces of √n, keeps 2√n values instead of n and runs the
/// layers forward twice. Everything that f reads gets its gradient: its inputs, Vars that it has captured, Parameters.
/// Any order of derivative works, and checkpoints may nest.
///
/// The replay must give what the first run gave: modes (training, fusion) and random draws are restored; what else f
/// reads must not have changed. Capture Vars by value. Vars that f makes and stores elsewhere are stale afterwards.
///
/// @param f a callable of so many Vars that returns a Var or a `std::vector<Var>`
/// @return what f returns
/// @throws ParamModified (from the sweep) where a parameter that f reads has changed since; RecomputeMismatch (from the
///         sweep) where the replay records or draws something else, or, in debug builds and under `Anomaly`, differs in
///         a single bit
/// Source: Griewank and Walther 2008, "Evaluating derivatives", chapter 12; Chen, Xu, Zhang and Guestrin 2016.
template <class F>
auto checkpoint(F f, Arg a) {
  return detail::checkpoint<1>(std::move(f), std::span<const Arg>(&a, 1), a.loc());
}
template <class F>
auto checkpoint(F f, Arg a, Arg b) {
  const Arg inputs[]{std::move(a), std::move(b)};
  return detail::checkpoint<2>(std::move(f), inputs, inputs[0].loc());
}
template <class F>
auto checkpoint(F f, Arg a, Arg b, Arg c) {
  const Arg inputs[]{std::move(a), std::move(b), std::move(c)};
  return detail::checkpoint<3>(std::move(f), inputs, inputs[0].loc());
}
template <class F>
auto checkpoint(F f, Arg a, Arg b, Arg c, Arg d) {
  const Arg inputs[]{std::move(a), std::move(b), std::move(c), std::move(d)};
  return detail::checkpoint<4>(std::move(f), inputs, inputs[0].loc());
}
/// The same for a function of a `const std::vector<Var>&`.
template <class F>
auto checkpoint(F f, const std::vector<Var>& inputs, Loc loc = Loc::current()) {
  const std::vector<Arg> list = detail::arguments(inputs, loc);
  return detail::checkpoint<0>(std::move(f), list, loc);
}

}  // namespace xgrad
