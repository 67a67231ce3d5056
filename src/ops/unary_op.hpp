#pragma once
// What functions of one operand share: the loop, and the fused gradient where the kernels have one.

#include "kernels/elementwise.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The base of an op `Op` that is the kernel `function`, element by element.
template <class Op, kernels::Unary function>
struct UnaryOp {
  static constexpr bool elementwise = true;
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::unary(function, k.size(), k.in(0), k.out());
  }
  /// dx = g f'(x) in one pass, where the kernels know f' and the op saves what it reads.
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    const kernels::VjpReads reads = kernels::unary_vjp_reads(function);
    if (!reads.known || (reads.x && !(Op::info.saves & Saves::inputs)) ||
        (reads.y && !(Op::info.saves & Saves::output)))
      return false;
    if (!k.wants(0)) return true;
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::unary_vjp(function, k.size(), g, reads.x ? k.in(0) : nullptr, reads.y ? k.out() : nullptr, to.data,
                       to.add);
    return true;
  }
};

}  // namespace xgrad
