#include "kernels/recurrent.hpp"

#include <algorithm>

#include "kernels/gemm.hpp"
#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"
#include "kernels/recurrent_tables.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// Calls body(first row, rows, the piece's memory) for parts of the n rows, each of which a thread takes through all
/// steps: the threads meet once and not at every step. `size` is what a piece needs for n rows.
template <class T, class Body>
void over_rows(const SequenceSize& s, I64 size, I64 gates, const Body& body) {
  const I64 work_of_row = std::max<I64>(1, s.steps * s.units * gates * s.units);
  const I64 grain = std::max<I64>(4, (I64{1} << 20) / work_of_row);
  PieceMemory<T> memory(size, num_threads());
  if (s.n <= grain) return body(I64{0}, s.n, memory.take());
  parallel_for(
      s.n, grain, [&](I64 begin, I64 end) { body(begin, end - begin, memory.take()); }, 4);
}

/// Room for what one piece's products pack; `gates` · units columns.
template <class T>
I64 packing(const SequenceSize& s, I64 gates) {
  return std::max(gemm_work_size<T>(s.n, gates * s.units, s.units), gemm_work_size<T>(s.n, s.units, gates * s.units));
}

/// U with rows and columns exchanged: the products of the backward pass read it at every step.
template <class T>
Buffer transposed(I64 rows, I64 columns, const T* a) {
  Buffer memory = Buffer::allocate(static_cast<std::size_t>(rows * columns) * sizeof(T));
  T* to = reinterpret_cast<T*>(memory.data());
  constexpr I64 tile = 16;
  for (I64 i = 0; i < rows; i += tile)
    for (I64 j = 0; j < columns; j += tile)
      for (I64 k = i; k < std::min(rows, i + tile); ++k)
        for (I64 l = j; l < std::min(columns, j + tile); ++l) to[l * rows + k] = a[k * columns + l];
  return memory;
}

const bool* at(const bool* mask, I64 place) { return mask ? mask + place : nullptr; }
template <class T>
const T* at(const T* cotangents, I64 place) {
  return cotangents ? cotangents + place : nullptr;
}

}  // namespace

template <class T>
void lstm_forward(const LstmOperands<T>& in, T* h, T* c, T* gates) {
  const I64 steps = in.size.steps, n = in.size.n, features = in.size.features, u = in.size.units, wide = 4 * u;
  gemm<T>(false, false, steps * n, wide, features, T{1}, in.x, features, in.kernel, wide, T{0}, gates, wide);
  const auto step = table<RecurrentTable<T>>().lstm_step;
  over_rows<T>(in.size, packing<T>(in.size, 4), 4, [&](I64 row, I64 rows, T* work) {
    for (I64 t = 0; t < steps; ++t) {
      const I64 place = t * n + row;
      const T *h_before = t > 0 ? h + (place - n) * u : in.h0 + row * u,
              *c_before = t > 0 ? c + (place - n) * u : in.c0 + row * u;
      T* z = gates + place * wide;
      gemm<T>(false, false, rows, wide, u, T{1}, h_before, u, in.recurrent_kernel, wide, T{1}, z, wide, work);
      step(rows, u, in.bias, at(in.mask, place), h_before, c_before, z, h + place * u, c + place * u);
    }
  });
}

template <class T>
void lstm_backward(const LstmOperands<T>& in, const T* c, const T* gates, const T* gh, const T* gc, T* dz, T* dh,
                   T* dc) {
  const I64 steps = in.size.steps, n = in.size.n, u = in.size.units, wide = 4 * u;
  std::fill_n(dh, n * u, T{0});
  std::fill_n(dc, n * u, T{0});
  const Buffer memory = transposed(u, wide, in.recurrent_kernel);
  const T* across = reinterpret_cast<const T*>(memory.data());
  const auto step = table<RecurrentTable<T>>().lstm_step_vjp;
  over_rows<T>(in.size, packing<T>(in.size, 4), 4, [&](I64 row, I64 rows, T* work) {
    for (I64 t = steps - 1; t >= 0; --t) {
      const I64 place = t * n + row;
      const T* c_before = t > 0 ? c + (place - n) * u : in.c0 + row * u;
      T* d = dz + place * wide;
      step(rows, u, at(in.mask, place), c_before, c + place * u, gates + place * wide, at(gh, place * u),
           at(gc, place * u), d, dh + row * u, dc + row * u);
      gemm<T>(false, false, rows, u, wide, T{1}, d, wide, across, u, T{1}, dh + row * u, u, work);
    }
  });
}

template <class T>
void gru_forward(const GruOperands<T>& in, T* h, T* gates) {
  const I64 steps = in.size.steps, n = in.size.n, features = in.size.features, u = in.size.units, wide = 3 * u;
  const Buffer memory = Buffer::allocate(static_cast<std::size_t>(steps * n * wide) * sizeof(T));
  T* from_x = reinterpret_cast<T*>(memory.data());
  gemm<T>(false, false, steps * n, wide, features, T{1}, in.x, features, in.kernel, wide, T{0}, from_x, wide);
  const auto step = table<RecurrentTable<T>>().gru_step;
  const I64 packed = (packing<T>(in.size, 3) + 15) / 16 * 16;
  over_rows<T>(in.size, packed + n * wide, 3, [&](I64 row, I64 rows, T* work) {
    T* from_h = work + packed;
    for (I64 t = 0; t < steps; ++t) {
      const I64 place = t * n + row;
      const T* before = t > 0 ? h + (place - n) * u : in.h0 + row * u;
      gemm<T>(false, false, rows, wide, u, T{1}, before, u, in.recurrent_kernel, wide, T{0}, from_h, wide, work);
      step(rows, u, in.bias, at(in.mask, place), before, from_x + place * wide, from_h, gates + place * 4 * u,
           h + place * u);
    }
  });
}

template <class T>
void gru_backward(const GruOperands<T>& in, const T* h, const T* gates, const T* gh, T* dx, T* dr, T* dh) {
  const I64 steps = in.size.steps, n = in.size.n, u = in.size.units, wide = 3 * u;
  std::fill_n(dh, n * u, T{0});
  const Buffer memory = transposed(u, wide, in.recurrent_kernel);
  const T* across = reinterpret_cast<const T*>(memory.data());
  const auto step = table<RecurrentTable<T>>().gru_step_vjp;
  over_rows<T>(in.size, packing<T>(in.size, 3), 3, [&](I64 row, I64 rows, T* work) {
    for (I64 t = steps - 1; t >= 0; --t) {
      const I64 place = t * n + row;
      const T* before = t > 0 ? h + (place - n) * u : in.h0 + row * u;
      step(rows, u, at(in.mask, place), before, gates + place * 4 * u, gh + place * u, dx + place * wide,
           dr + place * wide, dh + row * u);
      gemm<T>(false, false, rows, u, wide, T{1}, dr + place * wide, wide, across, u, T{1}, dh + row * u, u, work);
    }
  });
}

template void lstm_forward(const LstmOperands<float>&, float*, float*, float*);
template void lstm_forward(const LstmOperands<double>&, double*, double*, double*);
template void lstm_backward(const LstmOperands<float>&, const float*, const float*, const float*, const float*, float*,
                            float*, float*);
template void lstm_backward(const LstmOperands<double>&, const double*, const double*, const double*, const double*,
                            double*, double*, double*);
template void gru_forward(const GruOperands<float>&, float*, float*);
template void gru_forward(const GruOperands<double>&, double*, double*);
template void gru_backward(const GruOperands<float>&, const float*, const float*, const float*, float*, float*, float*);
template void gru_backward(const GruOperands<double>&, const double*, const double*, const double*, double*, double*,
                           double*);

}  // namespace xgrad::kernels
