#pragma once
/// \file What an op is, and how one is recorded.
///
/// An op is a struct. Its members say how to check its operands, compute the result and pass a gradient back:
///
/// ```cpp
/// struct Sin {
///   static constexpr OpInfo info{.name = "sin", .saves = Saves::inputs};
///   template <std::floating_point T>
///   void forward(Kernel<T>& k) const { kernels::unary(Unary::sin, k.size(), k.in(0), k.out()); }
///   void vjp(Vjp& c) const { c.give(0, c.grad() * cos(c.in(0))); }          // the chain rule, in ops
/// };
/// Var sin(Arg x) { return record(Sin{}, x); }
/// ```
///
// clang-format off
/// | member | when | what |
/// |---|---|---|
/// | `info` | always | name, what the gradient reads, number of results |
/// | `infer(Infer&)` | unless operands broadcast and the result has their type | checks operands, and says shape and dtype of each result; throws before anything changes |
/// | `forward(Kernel<T>&)` or `forward(Run&)` | always | computes; one instantiation per element type it is constrained to |
/// | `vjp(Vjp&)` | primitive ops | cotangents of the operands, written in ops: so every order of derivative follows |
/// | `decompose(span<const Var>)` | fused ops, instead of `vjp` | the same value in primitive ops: replayed where a graph of the gradient is wanted |
/// | `jvp(Jvp&)` | optional | the tangent of the result, written in ops, for forward mode |
/// | `fast_vjp(BackwardKernel<T>&)` | optional | the cotangents on raw memory, for sweeps that need no graph; may return false to decline |
/// | `attributes()` | optional | its settings as text, for drawings |
// clang-format on
///
/// The engine alone adds up cotangents and undoes broadcasting; an op never does.

#include <array>
#include <concepts>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "xgrad/tape/op_context.hpp"

namespace xgrad {

/// Which values an op's gradient reads; the tape keeps them until the sweep has passed.
enum class Saves : std::uint8_t {
  none = 0,
  inputs = 1,  ///< every operand
  output = 2,  ///< the results
  others = 4,  ///< an operand where some other operand's gradient is wanted: products
  first = 8,   ///< operand 0
  second = 16  ///< operand 1
};
constexpr Saves operator|(Saves a, Saves b) noexcept {
  return static_cast<Saves>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool operator&(Saves a, Saves b) noexcept {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// The fixed facts of an op.
struct OpInfo {
  const char* name;           ///< what errors, drawings and tests call it: the function's name
  Saves saves = Saves::none;  ///< what its gradient reads
  bool uniform = true;        ///< operands share one dtype, and numbers adopt it; false: `infer` checks
  bool view = false;          ///< results share memory with operand 0: `forward(Run&)` sets them
};

namespace detail {

/// The type-erased form of an op: one constant per op type.
struct OpClass {
  OpInfo info;
  bool leaf = false;
  std::uint8_t dtypes = 0xff;  // bit per DType that `forward` takes
  std::size_t size = 0;
  std::size_t alignment = 1;
  void (*move)(void* to, void* from) noexcept = nullptr;
  void (*destroy)(void*) noexcept = nullptr;  // null: nothing to destroy
  void (*infer)(const void* op, Infer&) = nullptr;
  void (*forward)(const void* op, Run&, DType) = nullptr;
  void (*vjp)(const void* op, Vjp&) = nullptr;
  bool (*fast_vjp)(const void* op, const Node&, Sweep&, DType) = nullptr;
  void (*decompose)(const void* op, std::span<const Var> in, std::vector<Var>& out) = nullptr;
  Var (*jvp)(const void* op, const Jvp&) = nullptr;
  bool elementwise = false;
  std::string (*attributes)(const void* op) = nullptr;

  bool differentiable() const noexcept { return vjp || decompose || fast_vjp; }
};

template <class Op, class T>
concept ForwardsOn = requires(const Op& op, Kernel<T>& k) {
  op.forward(k);
};
template <class Op, class T>
concept FastVjpOn = requires(const Op& op, BackwardKernel<T>& k) {
  op.fast_vjp(k);
};

template <class Op>
constexpr std::uint8_t forward_dtypes() {
  if constexpr (requires(const Op& op, Run& run) { op.forward(run); }) {
    return 0xff;
  } else {
    unsigned set = 0;
    if (ForwardsOn<Op, float>) set |= 1u << static_cast<unsigned>(DType::float32);
    if (ForwardsOn<Op, double>) set |= 1u << static_cast<unsigned>(DType::float64);
    if (ForwardsOn<Op, std::int64_t>) set |= 1u << static_cast<unsigned>(DType::int64);
    if (ForwardsOn<Op, std::uint8_t>) set |= 1u << static_cast<unsigned>(DType::uint8);
    if (ForwardsOn<Op, bool>) set |= 1u << static_cast<unsigned>(DType::boolean);
    return static_cast<std::uint8_t>(set);
  }
}

template <class Op>
void call_forward(const void* p, Run& run, DType dtype) {
  const Op& op = *static_cast<const Op*>(p);
  if constexpr (requires { op.forward(run); }) {
    op.forward(run);
  } else {
    visit_dtype(dtype, [&]<class T>() {
      if constexpr (ForwardsOn<Op, T>) {
        Kernel<T> kernel(run);
        op.forward(kernel);
      }
    });
  }
}

template <class Op>
bool call_fast_vjp(const void* p, const Node& node, Sweep& sweep, DType dtype) {
  const Op& op = *static_cast<const Op*>(p);
  return visit_dtype(dtype, [&]<class T>() {
    if constexpr (FastVjpOn<Op, T>) {
      BackwardKernel<T> kernel(node, sweep);
      if constexpr (std::is_void_v<decltype(op.fast_vjp(kernel))>) {
        op.fast_vjp(kernel);
        return true;
      } else {
        return op.fast_vjp(kernel);
      }
    }
    return false;
  });
}

template <class Op>
constexpr OpClass make_op_class() {
  static_assert(std::is_nothrow_move_constructible_v<Op>,
                "an op moves onto the tape after its result exists: that must not fail");
  OpClass c{.info = Op::info};
  c.dtypes = forward_dtypes<Op>();
  if constexpr (!std::is_empty_v<Op>) {
    c.size = sizeof(Op);
    c.alignment = alignof(Op);
    c.move = [](void* to, void* from) noexcept { new (to) Op(std::move(*static_cast<Op*>(from))); };
    if constexpr (!std::is_trivially_destructible_v<Op>)
      c.destroy = [](void* op) noexcept { static_cast<Op*>(op)->~Op(); };
  }
  if constexpr (requires(const Op& op, Infer& i) { op.infer(i); })
    c.infer = [](const void* op, Infer& i) { static_cast<const Op*>(op)->infer(i); };
  c.forward = &call_forward<Op>;
  if constexpr (requires(const Op& op, Vjp& v) { op.vjp(v); })
    c.vjp = [](const void* op, Vjp& v) { static_cast<const Op*>(op)->vjp(v); };
  if constexpr (FastVjpOn<Op, float> || FastVjpOn<Op, double>) c.fast_vjp = &call_fast_vjp<Op>;
  if constexpr (requires(const Op& op, std::span<const Var> in, std::vector<Var>& out) { op.decompose(in, out); }) {
    c.decompose = [](const void* p, std::span<const Var> in, std::vector<Var>& out) {
      static_cast<const Op*>(p)->decompose(in, out);
    };
    c.info.saves = c.info.saves | Saves::inputs;
  }
  if constexpr (requires(const Op& op, std::span<const Var> in) { op.decompose(in); }) {
    c.decompose = [](const void* p, std::span<const Var> in, std::vector<Var>& out) {
      const Op& op = *static_cast<const Op*>(p);
      if constexpr (std::is_same_v<decltype(op.decompose(in)), Var>) {
        out.push_back(op.decompose(in));
      } else {
        out = op.decompose(in);
      }
    };
    c.info.saves = c.info.saves | Saves::inputs;  // the replay reads them all
  }
  if constexpr (requires(const Op& op, const Jvp& j) { op.jvp(j); })
    c.jvp = [](const void* op, const Jvp& j) -> Var { return static_cast<const Op*>(op)->jvp(j); };
  if constexpr (requires { Op::elementwise; }) c.elementwise = Op::elementwise;
  if constexpr (requires(const Op& op) { op.attributes(); })
    c.attributes = [](const void* op) { return static_cast<const Op*>(op)->attributes(); };
  return c;
}

template <class Op>
inline constexpr OpClass op_class = make_op_class<Op>();

Var record_one(const OpClass& op_class, void* op, std::span<const Arg* const> args, Loc loc);
Var record_one(const OpClass& op_class, void* op, std::span<const Arg> args, Loc loc);
void record_many(const OpClass& op_class, void* op, std::span<const Arg* const> args, Loc loc,
                 std::vector<Var>& results);
void record_many(const OpClass& op_class, void* op, std::span<const Arg> args, Loc loc, std::vector<Var>& results);

}  // namespace detail

/// What `record` takes.
template <class Op>
concept IsOp = requires {
  { Op::info } -> std::convertible_to<OpInfo>;
};

/// Checks, computes and (where a gradient may flow) records an op. The tape comes from the operands. On constants
/// alone, or under NoGrad, the result is a loose constant and nothing is recorded. On any error the tape is as it was.
template <IsOp Op, std::same_as<Arg>... Args>
Var record(Op op, const Args&... args) {
  const std::array<const Arg*, sizeof...(Args)> list{&args...};
  if constexpr (sizeof...(Args) == 0) {
    return detail::record_one(detail::op_class<Op>, &op, list, Loc{});
  } else {
    return detail::record_one(detail::op_class<Op>, &op, list, list[0]->loc());
  }
}

/// The same for a list of operands, and for ops with several results.
template <IsOp Op>
Var record(Op op, std::span<const Arg> args, Loc loc) {
  return detail::record_one(detail::op_class<Op>, &op, args, loc);
}
template <IsOp Op>
std::vector<Var> record_all(Op op, std::span<const Arg> args, Loc loc) {
  std::vector<Var> results;
  detail::record_many(detail::op_class<Op>, &op, args, loc, results);
  return results;
}

}  // namespace xgrad
