#include "xgrad/ops/comparison.hpp"

#include "kernels/broadcast.hpp"
#include "kernels/elementwise.hpp"
#include "xgrad/ops/arithmetic.hpp"

namespace xgrad {

namespace {

using Byte = std::uint8_t;  // how masks are stored

/// Calls `f` with the type that elements of dtype d are stored as.
template <class F>
void visit_stored(DType d, F f) {
  visit_dtype(d, [&]<class T>() { f.template operator()<std::conditional_t<std::is_same_v<T, bool>, Byte, T>>(); });
}

template <kernels::Compare function>
struct CompareOp {
  void infer(Infer& i) const { i.result(i.broadcast(), DType::boolean); }
  void forward(Run& r) const {
    visit_stored(r.in(0).dtype(), [&]<class T>() {
      kernels::compare_broadcast(function, r.in(0).shape().extents(), r.in(1).shape().extents(),
                                 static_cast<const T*>(r.in(0).raw()), static_cast<const T*>(r.in(1).raw()),
                                 static_cast<Byte*>(r.out().raw()));
    });
  }
};
struct Equal : CompareOp<kernels::Compare::eq> {
  static constexpr OpInfo info{.name = "equal"};
};
struct NotEqual : CompareOp<kernels::Compare::ne> {
  static constexpr OpInfo info{.name = "not_equal"};
};
struct Less : CompareOp<kernels::Compare::lt> {
  static constexpr OpInfo info{.name = "less"};
};
struct LessEqual : CompareOp<kernels::Compare::le> {
  static constexpr OpInfo info{.name = "less_equal"};
};
struct Greater : CompareOp<kernels::Compare::gt> {
  static constexpr OpInfo info{.name = "greater"};
};
struct GreaterEqual : CompareOp<kernels::Compare::ge> {
  static constexpr OpInfo info{.name = "greater_equal"};
};

void need_bool(const Infer& i) {
  for (int k = 0; k < i.count(); ++k)
    if (i.dtype(k) != DType::boolean) i.dtype_error("bool operands", i.signatures());
}

template <kernels::Logical function>
struct LogicalOp {
  void infer(Infer& i) const {
    need_bool(i);
    i.result(i.broadcast(), DType::boolean);
  }
  void forward(Run& r) const {
    kernels::logical_broadcast(function, r.in(0).shape().extents(), r.in(1).shape().extents(),
                               static_cast<const Byte*>(r.in(0).raw()), static_cast<const Byte*>(r.in(1).raw()),
                               static_cast<Byte*>(r.out().raw()));
  }
};
struct LogicalAnd : LogicalOp<kernels::Logical::logical_and> {
  static constexpr OpInfo info{.name = "logical_and"};
};
struct LogicalOr : LogicalOp<kernels::Logical::logical_or> {
  static constexpr OpInfo info{.name = "logical_or"};
};
struct LogicalXor : LogicalOp<kernels::Logical::logical_xor> {
  static constexpr OpInfo info{.name = "logical_xor"};
};
struct LogicalNot {
  static constexpr OpInfo info{.name = "logical_not"};
  void infer(Infer& i) const {
    need_bool(i);
    i.result(i.shape(0), DType::boolean);
  }
  void forward(Run& r) const {
    kernels::logical_not(r.in(0).size(), static_cast<const Byte*>(r.in(0).raw()), static_cast<Byte*>(r.out().raw()));
  }
};

template <kernels::Classify function>
struct ClassifyOp {
  void infer(Infer& i) const {
    i.need_floating(0);
    i.result(i.shape(0), DType::boolean);
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::classify(function, k.size(0), k.in(0), k.template out_as<Byte>());
  }
};
struct IsNan : ClassifyOp<kernels::Classify::is_nan> {
  static constexpr OpInfo info{.name = "isnan"};
};
struct IsInf : ClassifyOp<kernels::Classify::is_inf> {
  static constexpr OpInfo info{.name = "isinf"};
};
struct IsFinite : ClassifyOp<kernels::Classify::is_finite> {
  static constexpr OpInfo info{.name = "isfinite"};
};

struct Where {
  static constexpr OpInfo info{.name = "where", .saves = Saves::first, .uniform = false};
  void infer(Infer& i) const {
    if (i.dtype(0) != DType::boolean) i.dtype_error("a bool mask", i.signatures());
    if (i.dtype(1) != i.dtype(2)) i.dtype_error("two choices of one element type (astype converts)", i.signatures());
    i.result(i.broadcast(), i.dtype(1));
  }
  void forward(Run& r) const {
    visit_stored(r.in(1).dtype(), [&]<class T>() {
      kernels::where_broadcast(r.in(0).shape().extents(), r.in(1).shape().extents(), r.in(2).shape().extents(),
                               static_cast<const Byte*>(r.in(0).raw()), static_cast<const T*>(r.in(1).raw()),
                               static_cast<const T*>(r.in(2).raw()), static_cast<T*>(r.out().raw()));
    });
  }
  void vjp(Vjp& c) const {  // what was not chosen gets exactly 0
    if (c.wants(1)) c.give(1, where(c.in(0), c.grad(), 0));
    if (c.wants(2)) c.give(2, where(c.in(0), 0, c.grad()));
  }
};

}  // namespace

Var equal(Arg a, Arg b) { return record(Equal{}, a, b); }
Var not_equal(Arg a, Arg b) { return record(NotEqual{}, a, b); }
Var less(Arg a, Arg b) { return record(Less{}, a, b); }
Var less_equal(Arg a, Arg b) { return record(LessEqual{}, a, b); }
Var greater(Arg a, Arg b) { return record(Greater{}, a, b); }
Var greater_equal(Arg a, Arg b) { return record(GreaterEqual{}, a, b); }
Var logical_and(Arg a, Arg b) { return record(LogicalAnd{}, a, b); }
Var logical_or(Arg a, Arg b) { return record(LogicalOr{}, a, b); }
Var logical_xor(Arg a, Arg b) { return record(LogicalXor{}, a, b); }
Var logical_not(Arg x) { return record(LogicalNot{}, x); }
Var isnan(Arg x) { return record(IsNan{}, x); }
Var isinf(Arg x) { return record(IsInf{}, x); }
Var isfinite(Arg x) { return record(IsFinite{}, x); }
Var where(Arg mask, Arg a, Arg b) { return record(Where{}, mask, a, b); }

}  // namespace xgrad
