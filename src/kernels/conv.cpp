#include "kernels/conv.hpp"

#include <cstring>
#include <type_traits>

#include "kernels/conv_bands.hpp"
#include "kernels/conv_providers.hpp"
#include "kernels/conv_tables.hpp"
#include "kernels/gemm.hpp"
#include "kernels/isa.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// Whether every result reads its own place alone: one matrix product.
bool is_product(const ConvShape& s) noexcept {
  return s.kh == 1 && s.kw == 1 && s.groups == 1 && s.oh == s.h && s.ow == s.w && s.stride[0] == 1 &&
         s.stride[1] == 1 && s.before[0] == 0 && s.before[1] == 0;
}

/// `k` rows of n columns, ldb apart, as panels; what a panel has too many is 0.
template <class T>
void pack(I64 k, I64 n, const T* b, I64 ldb, I64 panel, T* to) {
  for (I64 j = 0; j < n; j += panel) {
    const I64 columns = std::min(panel, n - j);
    for (I64 l = 0; l < k; ++l, to += panel) {
      std::memcpy(to, b + l * ldb + j, static_cast<std::size_t>(columns) * sizeof(T));
      std::fill_n(to + columns, panel - columns, T(0));
    }
  }
}

/// The runs that a result of one group reads in the windows of x, one for each row of the kernel where its rows lie
/// together in memory, else one for each tap.
template <class T>
struct Runs {
  Room<I64> segment;
  I64 count, length;
  Runs(const ConvShape& s, I64 row_step) {
    const bool whole_rows = s.groups == 1 && s.dilation[1] == 1;
    const I64 runs = whole_rows ? 1 : s.kw;
    count = s.kh * runs;
    length = whole_rows ? s.kw * s.c : s.group_channels();
    segment = Room<I64>(count);
    for (I64 i = 0; i < s.kh; ++i) {
      for (I64 j = 0; j < runs; ++j)
        segment.data()[i * runs + j] = i * s.dilation[0] * row_step + j * s.dilation[1] * s.c;
    }
  }
};

template <class T>
void gathered(const ConvShape& s, const T* x, const T* w, T* y, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 k = s.taps(), filters = s.group_filters(), packed = k * round_up(filters, f.panel);
  Room<T> weights(s.groups * packed);
  for (I64 e = 0; e < s.groups; ++e) pack(k, filters, w + e * filters, s.filters, f.panel, weights.data() + e * packed);
  const Bands bands(s.n, s.oh, s.ow * s.filters + s.stride[0] * s.w * s.c);
  const Windows<T> windows = windows_of_x(s, x, bands);
  const Runs<T> runs(s, windows.row_step());
  const I64 most = bands.images() * bands.rows() * s.ow;
  const Offsets at(most);
  for (I64 i = 0, m = 0; i < bands.images(); ++i) {
    for (I64 r = 0; r < bands.rows(); ++r) {
      for (I64 q = 0; q < s.ow; ++q, ++m) {
        at.row[m] = i * windows.image_step() + r * s.stride[0] * windows.row_step() + q * s.stride[1] * s.c;
        at.to[m] = m * s.filters;
      }
    }
  }
  Rooms<T> rooms(windows.room());
  parallel_for(
      bands.count(), grain_of(s.flops(), bands.count()),
      [&](I64 begin, I64 end) {
        T* room = rooms.next();
        for (I64 b = begin; b < end; ++b) {
          const Band band = bands[b];
          const T* a = windows.look(band, room);
          T* c = y + (band.image * s.oh + band.row) * s.ow * s.filters;
          for (I64 e = 0; e < s.groups; ++e) {
            f.product({.m = band.images * band.rows * s.ow,
                       .row = at.row,
                       .segments = runs.count,
                       .segment = runs.segment.data(),
                       .length = runs.length,
                       .step = 1,
                       .a = a + e * s.group_channels(),
                       .b = weights.data() + e * packed,
                       .ldb = f.panel,
                       .panel_step = k * f.panel,
                       .n = filters,
                       .c = c + e * filters,
                       .to = at.to,
                       .add = add});
          }
        }
      },
      1);
}

// --- the transpose in w ---

template <class T>
void gathered_kernel(const ConvShape& s, const T* x, const T* g, T* dw, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 k = s.taps(), size = k * s.filters, channels = s.group_channels(), filters = s.group_filters();
  const Bands bands(s.n, s.oh, s.ow * s.filters + s.stride[0] * s.w * s.c);
  const Windows<T> windows = windows_of_x(s, x, bands);
  // Several pieces sum up for themselves; their number follows from the shape, and so does the order of the sums.
  const I64 pieces = std::min(bands.count(), std::clamp<I64>((I64{4} << 20) / std::max<I64>(size, 1), 2, 8));
  Room<T> partial(pieces > 1 ? pieces * size : 0);
  const Offsets at(k);
  for (I64 a = 0, m = 0; a < s.kh; ++a) {
    for (I64 b = 0; b < s.kw; ++b) {
      for (I64 i = 0; i < channels; ++i, ++m) {
        at.row[m] = a * s.dilation[0] * windows.row_step() + b * s.dilation[1] * s.c + i;
        at.to[m] = m * s.filters;
      }
    }
  }
  Room<I64> segment(bands.images() * bands.rows());
  for (I64 i = 0, m = 0; i < bands.images(); ++i) {
    for (I64 r = 0; r < bands.rows(); ++r, ++m)
      segment.data()[m] = i * windows.image_step() + r * s.stride[0] * windows.row_step();
  }
  const I64 most = bands.images() * bands.rows() * s.ow;
  const bool packs = filters % f.lanes != 0 || s.filters > 256;
  Rooms<T> rooms(windows.room() + (packs ? most * round_up(filters, f.panel) : 0));
  parallel_for(
      pieces, grain_of(s.flops(), pieces),
      [&](I64 begin, I64 end) {
        T* room = rooms.next();
        T* panels = room + windows.room();
        for (I64 piece = begin; piece < end; ++piece) {
          T* to = pieces > 1 ? partial.data() + piece * size : dw;
          const I64 first = bands.count() * piece / pieces, last = bands.count() * (piece + 1) / pieces;
          for (I64 b = first; b < last; ++b) {
            const Band band = bands[b];
            const T* a = windows.look(band, room);
            const T* right = g + (band.image * s.oh + band.row) * s.ow * s.filters;
            const I64 places = band.images * band.rows * s.ow;
            for (I64 e = 0; e < s.groups; ++e) {
              if (packs) pack(places, filters, right + e * filters, s.filters, f.panel, panels);
              f.product({.m = k,
                         .row = at.row,
                         .segments = band.images * band.rows,
                         .segment = segment.data(),
                         .length = s.ow,
                         .step = s.stride[1] * s.c,
                         .a = a + e * channels,
                         .b = packs ? panels : right + e * filters,
                         .ldb = packs ? f.panel : s.filters,
                         .panel_step = packs ? places * f.panel : f.panel,
                         .n = filters,
                         .c = to + e * filters,
                         .to = at.to,
                         .add = b > first || (pieces == 1 && add)});
            }
          }
        }
      },
      1);
  if (pieces == 1) return;
  split(size, kCheapGrain / pieces, [&](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) {
      T sum = add ? dw[i] : T(0);
      for (I64 piece = 0; piece < pieces; ++piece) sum += partial.data()[piece * size + i];
      dw[i] = sum;
    }
  });
}

/// Whether oneDNN computed the pass.
template <class T>
bool on_onednn([[maybe_unused]] const ConvShape& s, [[maybe_unused]] ConvPass pass, [[maybe_unused]] const T* a,
               [[maybe_unused]] const T* b, [[maybe_unused]] T* result, [[maybe_unused]] bool add) {
  if constexpr (std::is_same_v<T, float>) {
    if (!add && s.c > 0 && s.filters > 0 && conv_provider_for(s, pass) == ConvProvider::onednn)
      return onednn_convolution(s, pass, a, b, result);
  }
  return false;
}

}  // namespace

template <class T>
void conv2d(const ConvShape& s, const T* x, const T* w, T* y, bool add) {
  const T beta = add ? T{1} : T{0};
  if (s.n * s.oh * s.ow * s.filters == 0) return;
  if (is_product(s))
    return gemm<T>(false, false, s.n * s.h * s.w, s.filters, s.c, T{1}, x, s.c, w, s.filters, beta, y, s.filters);
  if (on_onednn(s, ConvPass::forward, x, w, y, add)) return;
  if (s.depthwise()) return depthwise(s, x, w, y, add);
  gathered(s, x, w, y, add);
}

template <class T>
void conv2d_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add) {
  const T beta = add ? T{1} : T{0};
  if (s.n * s.h * s.w * s.c == 0) return;
  if (is_product(s))
    return gemm<T>(false, true, s.n * s.h * s.w, s.c, s.filters, T{1}, g, s.filters, w, s.filters, beta, dx, s.c);
  if (on_onednn(s, ConvPass::input, g, w, dx, add)) return;
  if (s.depthwise()) return depthwise_input(s, g, w, dx, add);
  gathered_input(s, g, w, dx, add);
}

template <class T>
void conv2d_kernel(const ConvShape& s, const T* x, const T* g, T* dw, bool add) {
  const I64 size = s.taps() * s.filters;
  if (size == 0) return;
  if (s.n * s.oh * s.ow == 0) {
    if (!add) std::fill_n(dw, size, T(0));
    return;
  }
  const T beta = add ? T{1} : T{0};
  if (is_product(s))
    return gemm<T>(true, false, s.c, s.filters, s.n * s.h * s.w, T{1}, x, s.c, g, s.filters, beta, dw, s.filters);
  if (on_onednn(s, ConvPass::kernel, x, g, dw, add)) return;
  if (s.depthwise()) return depthwise_kernel(s, x, g, dw, add);
  gathered_kernel(s, x, g, dw, add);
}

template void conv2d(const ConvShape&, const float*, const float*, float*, bool);
template void conv2d(const ConvShape&, const double*, const double*, double*, bool);
template void conv2d_input(const ConvShape&, const float*, const float*, float*, bool);
template void conv2d_input(const ConvShape&, const double*, const double*, double*, bool);
template void conv2d_kernel(const ConvShape&, const float*, const float*, float*, bool);
template void conv2d_kernel(const ConvShape&, const double*, const double*, double*, bool);

}  // namespace xgrad::kernels
