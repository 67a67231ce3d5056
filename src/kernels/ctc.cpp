#include "kernels/ctc.hpp"

#include <algorithm>

#include "kernels/ctc_tables.hpp"
#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// body(sample, its work) for each, on several threads where that pays.
template <class T, class Body>
void each_sample(const CtcBatch<T>& b, const Body& body) {
  const CtcTable<T>& fn = table<CtcTable<T>>();
  PieceMemory<T> work(fn.work_size(b.frames, b.width), b.n > 1 ? num_threads() : 1);
  split_rows(b.n, std::max<I64>(1, b.frames * (2 * b.width + 1)), kLibmGrain, [&](I64 begin, I64 end) {
    T* mine = work.take();
    for (I64 i = begin; i < end; ++i) body(fn, i, mine);
  });
}

}  // namespace

template <class T>
void ctc_nll(const CtcBatch<T>& batch, T* nll) {
  each_sample(batch, [&](const CtcTable<T>& fn, I64 i, T* work) { nll[i] = fn.nll(batch.sample(i), work); });
}

template <class T>
void ctc_nll_vjp(const CtcBatch<T>& batch, const T* g, T* dx, bool add) {
  const I64 size = batch.frames * batch.classes;
  each_sample(batch, [&](const CtcTable<T>& fn, I64 i, T* work) {
    T* to = dx + i * size;
    if (!add) std::fill_n(to, size, T(0));
    fn.vjp(batch.sample(i), g[i], to, work);
  });
}

template void ctc_nll(const CtcBatch<float>&, float*);
template void ctc_nll(const CtcBatch<double>&, double*);
template void ctc_nll_vjp(const CtcBatch<float>&, const float*, float*, bool);
template void ctc_nll_vjp(const CtcBatch<double>&, const double*, double*, bool);

}  // namespace xgrad::kernels
