#include <algorithm>
#include <limits>

#include "kernels/bags.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/sparse.hpp"
#include "ops/indices.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

/// Bags as the rows of a sparse matrix of ones, whose product with the table is their sums.
class BagMatrix {
 public:
  explicit BagMatrix(const kernels::Bags& b) : rows_(Array::empty({b.bags + 1}, DType::int64)), col_(b.index) {
    std::int64_t* row = static_cast<std::int64_t*>(rows_.raw());
    if (!b.skip_zero) {
      for (std::int64_t bag = 0; bag <= b.bags; ++bag) row[bag] = bag * b.count;
      return;
    }
    left_ = Array::empty({b.bags * b.count}, DType::int64);
    auto* left = static_cast<std::int64_t*>(left_.raw());
    row[0] = 0;
    for (std::int64_t bag = 0, used = 0; bag < b.bags; ++bag) {
      for (std::int64_t k = 0; k < b.count; ++k)
        if (const std::int64_t i = b.index[bag * b.count + k]) left[used++] = i;
      row[bag + 1] = used;
    }
    col_ = left;
  }
  const std::int64_t* row() const { return static_cast<const std::int64_t*>(rows_.raw()); }
  const std::int64_t* col() const { return col_; }
  std::int64_t size() const { return row()[rows_.size() - 1]; }
  /// What the sum of a bag is multiplied by to be its mean.
  template <class T>
  T share(std::int64_t bag) const {
    const std::int64_t used = row()[bag + 1] - row()[bag];
    return used > 0 ? T(1) / static_cast<T>(used) : T(0);
  }
  /// y[bag] = its share of x[bag]; both may be the same.
  template <class T>
  void divide(const kernels::Bags& b, const T* x, T* y) const {
    for (std::int64_t bag = 0; bag < b.bags; ++bag, x += b.n, y += b.n) {
      const T f = share<T>(bag);
      for (std::int64_t i = 0; i < b.n; ++i) y[i] = f * x[i];
    }
  }

 private:
  Array rows_, left_;
  const std::int64_t* col_;
};

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
    const BagMatrix m(b);
    kernels::spmm<T>(b.bags, k.shape(0)[0], b.n, m.row(), m.col(), nullptr, k.in(0), k.out());
    if (options.combine == Bag::mean) m.divide(b, k.out(), k.out());
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    if (!k.wants(0)) return;
    const detail::CheckedIndices index(k.template in_as<std::int64_t>(1), k.shape(1).size(), k.shape(0)[0]);
    const kernels::Bags b = bags(k.shape(0), k.shape(1), index);
    const BagMatrix m(b);
    if (k.takes_rows(0)) {
      const detail::DistinctIndices used(m.col(), m.size(), k.shape(0)[0]);
      Array rows = Array::empty({used.count(), b.n}, dtype_of<T>());
      add_gradient(k, b, m, used.places(), used.count(), {static_cast<T*>(rows.raw()), false});
      k.give_rows(0, {used.values(), std::move(rows)});
    } else {
      add_gradient(k, b, m, m.col(), k.shape(0)[0], k.target(0));
    }
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
  /// @param row for each index that counts, which of the `rows` of `to` its gradient goes to
  template <class T>
  void add_gradient(BackwardKernel<T>& k, const kernels::Bags& b, const BagMatrix& m, const std::int64_t* row,
                    std::int64_t rows, Target<T> to) const {
    const T* g = k.grad();
    if (options.combine == Bag::max) {
      if (!to.add) kernels::fill(rows * b.n, T{0}, to.data);
      return kernels::bag_max_vjp(b, k.in(0), k.out(), g, row, to.data);
    }
    Array shares;
    if (options.combine == Bag::mean) {
      shares = Array::empty({b.bags, b.n}, dtype_of<T>());
      m.divide(b, g, static_cast<T*>(shares.raw()));
      g = static_cast<const T*>(shares.raw());
    }
    kernels::spmm_t<T>(b.bags, rows, b.n, m.row(), row, nullptr, g, to.data, to.add);
  }
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
