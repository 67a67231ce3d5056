#include <limits>

#include "kernels/bags.hpp"
#include "kernels/elementwise.hpp"
#include "ops/indices.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

struct EmbeddingBagOp {
  static constexpr OpInfo info{.name = "embedding_bag", .saves = Saves::inputs | Saves::output, .uniform = false};
  BagOptions options;

  void infer(Infer& i) const {
    i.need_floating(0);
    detail::need_int64(i, 1);
    if (i.rank(0) != 2) i.shape_error("a table [rows, n]", i.signatures());
    if (i.rank(1) < 1) i.shape_error("bags of indices [..., count]", i.signatures());
    if (i.shape(1).back() == 0 && options.combine == Bag::max)
      i.shape_error("at least one index in each bag", i.signatures());
    Shape result = i.shape(1);
    result[result.rank() - 1] = i.shape(0)[1];
    i.result(result, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const detail::CheckedIndices index(k, 1, k.shape(0)[0]);
    const kernels::Bags b = bags(k.shape(0), k.shape(1), index);
    if (options.combine == Bag::max) return kernels::bag_max(b, k.in(0), k.out());
    kernels::bag_sum(b, k.in(0), options.combine == Bag::mean, k.out());
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    if (!k.wants(0)) return;
    const detail::CheckedIndices index(k.template in_as<std::int64_t>(1), k.shape(1).size(), k.shape(0)[0]);
    const kernels::Bags b = bags(k.shape(0), k.shape(1), index);
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    if (!to.add) kernels::fill(k.shape(0).size(), T{0}, to.data);
    if (options.combine == Bag::max) return kernels::bag_max_vjp(b, k.in(0), k.out(), g, to.data);
    kernels::bag_sum_vjp(b, g, options.combine == Bag::mean, to.data);
  }

  Var decompose(std::span<const Var> in) const {
    const Var rows = gather(in[0], in[1]);
    if (!options.mask_zero) {
      if (options.combine == Bag::max) return amax(rows, -2);
      if (options.combine == Bag::sum || in[1].shape().back() == 0) return sum(rows, -2);
      return mean(rows, -2);
    }
    const std::int64_t from_the_end = -in[0].shape()[0];  // index 0 by its other name
    const Var used = expand_dims(logical_and(not_equal(in[1], 0), not_equal(in[1], from_the_end)), -1);
    if (options.combine == Bag::max) {
      const Var largest = amax(where(used, rows, -std::numeric_limits<double>::infinity()), -2);
      return where(any(used, -2), largest, 0);
    }
    const Var total = sum(where(used, rows, 0), -2);
    if (options.combine == Bag::sum) return total;
    return total / maximum(sum(astype(used, in[0].dtype()), -2), 1);
  }
  std::string attributes() const {
    const char* const names[] = {"sum", "mean", "max"};
    return std::string(names[static_cast<int>(options.combine)]) + (options.mask_zero ? " mask_zero" : "");
  }

 private:
  kernels::Bags bags(const Shape& table, const Shape& indices, const detail::CheckedIndices& index) const {
    const std::int64_t count = indices.back();
    return {Shape(indices.extents().first(static_cast<std::size_t>(indices.rank() - 1))).size(), count, table[1],
            index.data(), options.mask_zero};
  }
};

}  // namespace

Var embedding_bag(Arg table, Arg indices, BagOptions options) {
  return record(EmbeddingBagOp{options}, table, indices);
}

}  // namespace xgrad
