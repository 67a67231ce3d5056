#include "xgrad/ops/sparse.hpp"

#include "kernels/sparse.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

const std::int64_t* row_ptr(const Csr& s) { return static_cast<const std::int64_t*>(s.row_ptr().raw()); }
const std::int64_t* column(const Csr& s) { return static_cast<const std::int64_t*>(s.column().raw()); }

/// Operands: the values, x.
struct Spmm {
  static constexpr OpInfo info{.name = "spmm", .saves = Saves::others};
  Csr places;
  bool transpose;

  void infer(Infer& i) const {
    i.need_floating(0);
    const Shape &v = i.shape(0), &x = i.shape(1);
    if (v != Shape{places.entries()})
      i.shape_error("values of shape [" + std::to_string(places.entries()) + "]", v.to_string());
    if (x.rank() != 2) i.shape_error("x of one or two axes", x.to_string());
    if (x[0] != (transpose ? places.rows() : places.columns()))
      i.shape_error("inner dimensions that agree",
                    "sparse " + places.shape().to_string() + (transpose ? " transposed" : "") + " x " + x.to_string());
    i.result({transpose ? places.columns() : places.rows(), x[1]}, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    multiply(transpose, k.shape(1)[1], k.in(0), k.in(1), k.out(), false);
  }

  void vjp(Vjp& c) const {
    const Var g = c.grad();
    if (c.wants(0)) c.give(0, transpose ? sddmm(places, c.in(1), g) : sddmm(places, g, c.in(1)));
    if (c.wants(1)) c.give(1, spmm(places, c.in(0), g, !transpose));
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& c) const {
    const std::int64_t n = c.shape(1)[1];
    const T* g = c.grad();
    if (c.wants(0)) {
      const T* x = c.in(1);
      const Target<T> v = c.target(0);
      kernels::sddmm(places.rows(), n, row_ptr(places), column(places), transpose ? x : g, transpose ? g : x, v.data,
                     v.add);
    }
    if (c.wants(1)) {
      const Target<T> x = c.target(1);
      multiply(!transpose, n, c.in(0), g, x.data, x.add);
    }
  }

  std::string attributes() const { return "sparse " + places.shape().to_string() + (transpose ? " transposed" : ""); }

 private:
  template <class T>
  void multiply(bool transposed, std::int64_t n, const T* values, const T* x, T* y, bool add) const {
    if (transposed) {
      kernels::spmm_t(places.rows(), places.columns(), n, row_ptr(places), column(places), values, x, y, add);
    } else {
      kernels::spmm(places.rows(), places.columns(), n, row_ptr(places), column(places), values, x, y, add);
    }
  }
};

struct Sddmm {
  static constexpr OpInfo info{.name = "sddmm", .saves = Saves::others};
  Csr places;

  void infer(Infer& i) const {
    i.need_floating(0);
    const Shape &a = i.shape(0), &b = i.shape(1);
    if (a.rank() != 2 || b.rank() != 2 || a[0] != places.rows() || b[0] != places.columns() || a[1] != b[1])
      i.shape_error(
          "matrices [" + std::to_string(places.rows()) + ",n] and [" + std::to_string(places.columns()) + ",n]",
          i.shapes());
    i.result({places.entries()}, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::sddmm(places.rows(), k.shape(0)[1], row_ptr(places), column(places), k.in(0), k.in(1), k.out(), false);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, spmm(places, c.grad(), c.in(1)));
    if (c.wants(1)) c.give(1, spmm(places, c.grad(), c.in(0), true));
  }
  std::string attributes() const { return "sparse " + places.shape().to_string(); }
};

}  // namespace

Var spmm(const Csr& places, Arg values, Arg x, bool transpose) {
  if (x.rank() != 1) return record(Spmm{places, transpose}, values, x);
  const Loc loc = x.loc();
  const std::int64_t n = x.shape()[0];
  const Var y = record(Spmm{places, transpose}, values, Arg(reshape(std::move(x), {n, 1}), loc));
  return reshape(Arg(y, loc), {y.shape()[0]});
}

Var sddmm(const Csr& places, Arg a, Arg b) { return record(Sddmm{places}, a, b); }

Var matmul(const Csr& s, Arg x) {
  const Loc loc = x.loc();
  return spmm(s, Arg(s.values(), loc), std::move(x));
}
Var matmul(const Csr& s, Arg x, MatMulOptions options) {
  const Loc loc = x.loc();
  if (options.transpose_b)
    throw ArgError("spmm", "needs x as it is beside a sparse matrix; got transpose_b (transpose(x) copies it)", loc);
  return spmm(s, Arg(s.values(), loc), std::move(x), options.transpose_a);
}

}  // namespace xgrad
