#include "kernels/dense.hpp"

#include <algorithm>

#include "kernels/dense_tables.hpp"
#include "kernels/isa.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

// Elements on one thread up to which a second does not pay.
I64 grain_of(Act act) { return act == Act::tanh || act == Act::sigmoid ? 16 * 1024 : 96 * 1024; }

constexpr I64 kNarrow = 64;     // columns up to which threads share rows, not columns
constexpr I64 kRowPieces = 64;  // pieces that many rows are cut into

}  // namespace

template <class T>
void bias_activation(I64 m, I64 n, const T* bias, Act act, T* y) {
  if (m <= 0 || n <= 0 || (bias == nullptr && act == Act::linear)) return;
  const auto f = table<DenseTable<T>>().bias_activation[static_cast<int>(act)];
  if (m * n <= grain_of(act)) return f(m, n, bias, y);
  parallel_for(
      m, std::max<I64>(1, grain_of(act) / n), [&](I64 begin, I64 end) { f(end - begin, n, bias, y + begin * n); },
      n >= 16 ? 1 : 16);
}

template <class T>
void activation_vjp_bias(I64 m, I64 n, Act act, const T* g, const T* y, T* dz, T* dbias, bool add_bias) {
  if (n <= 0) return;
  if (m <= 0) {
    if (dbias != nullptr && !add_bias) std::fill_n(dbias, n, T(0));
    return;
  }
  if (dbias == nullptr && act == Act::linear && dz == g) return;
  const auto f = table<DenseTable<T>>().vjp[static_cast<int>(act)];
  if (n <= kNarrow && m >= 4 * kRowsInChain) {  // by shape, not by threads: the order of the sums must be the same
    const I64 rows = (m / kRowPieces / kRowsInChain + 1) * kRowsInChain;
    const I64 pieces = (m + rows - 1) / rows;
    T partial[kRowPieces * kNarrow];
    parallel_for(
        pieces, std::max<I64>(1, grain_of(act) / (rows * n)),
        [&](I64 begin, I64 end) {
          for (I64 i = begin; i < end; ++i) {
            const I64 first = i * rows * n;
            f(std::min(rows, m - i * rows), n, 0, n, g + first, y == nullptr ? nullptr : y + first, dz + first,
              dbias == nullptr ? nullptr : partial + i * n, false);
          }
        },
        1);
    if (dbias == nullptr) return;
    for (I64 j = 0; j < n; ++j) {
      T sum = add_bias ? dbias[j] : T(0);
      for (I64 i = 0; i < pieces; ++i) sum += partial[i * n + j];
      dbias[j] = sum;
    }
    return;
  }
  if (m * n <= grain_of(act)) return f(m, n, 0, n, g, y, dz, dbias, add_bias);
  parallel_for(n, std::max<I64>(1, grain_of(act) / m),
               [&](I64 begin, I64 end) { f(m, n, begin, end, g, y, dz, dbias, add_bias); });
}

template void bias_activation(I64, I64, const float*, Act, float*);
template void bias_activation(I64, I64, const double*, Act, double*);
template void activation_vjp_bias(I64, I64, Act, const float*, const float*, float*, float*, bool);
template void activation_vjp_bias(I64, I64, Act, const double*, const double*, double*, double*, bool);

}  // namespace xgrad::kernels
