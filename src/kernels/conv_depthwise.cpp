// Convolutions whose filters each read one channel: a vector of channels at a time. With several filters to a channel
// its numbers are repeated in the windows, so that filters and channels are one.

#include "kernels/conv_bands.hpp"
#include "kernels/conv_tables.hpp"
#include "kernels/isa.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// Where each tap reads in the windows of x.
struct Taps {
  Room<I64> room;
  I64 *tap, *weight;
  Taps(const ConvShape& s, I64 row_step) : room(2 * s.kh * s.kw), tap(room.data()), weight(tap + s.kh * s.kw) {
    for (I64 a = 0; a < s.kh; ++a) {
      for (I64 b = 0; b < s.kw; ++b) {
        tap[a * s.kw + b] = a * s.dilation[0] * row_step + b * s.dilation[1] * s.filters;
        weight[a * s.kw + b] = (a * s.kw + b) * s.filters;
      }
    }
  }
};

/// Room for the sums of each row's filters, where several share a channel.
template <class T>
void sum_filters(I64 places, I64 channels, I64 filters, const T* from, T* to, bool add) {
  for (I64 i = 0; i < places * channels; ++i) {
    T sum = add ? to[i] : T(0);
    for (I64 m = 0; m < filters; ++m) sum += *from++;
    to[i] = sum;
  }
}

}  // namespace

template <class T>
void depthwise(const ConvShape& s, const T* x, const T* w, T* y, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const Bands bands(s.n, s.oh, s.ow * s.filters + s.stride[0] * s.w * s.filters);
  const Windows<T> windows = windows_of_x(s, x, bands, s.group_filters());
  const Taps taps(s, windows.row_step());
  Rooms<T> rooms(windows.room());
  parallel_for(
      bands.count(), grain_of(s.flops() * 4, bands.count()),
      [&](I64 begin, I64 end) {
        T* room = rooms.next();
        for (I64 b = begin; b < end; ++b) {
          const Band band = bands[b];
          const T* a = windows.look(band, room);
          T* c = y + (band.image * s.oh + band.row) * s.ow * s.filters;
          for (I64 i = 0; i < band.images; ++i) {
            for (I64 r = 0; r < band.rows; ++r, c += s.ow * s.filters) {
              f.depthwise_row({.count = s.ow,
                               .channels = s.filters,
                               .taps = s.kh * s.kw,
                               .tap = taps.tap,
                               .weight = taps.weight,
                               .a = a + i * windows.image_step() + r * s.stride[0] * windows.row_step(),
                               .a_step = s.stride[1] * s.filters,
                               .w = w,
                               .c = c,
                               .c_step = s.filters,

                               .add = add});
            }
          }
        }
      },
      1);
}

template <class T>
void depthwise_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 sh = s.stride[0], sw = s.stride[1], shared = s.group_filters();
  const I64 rows = (s.h + sh - 1) / sh, columns = (s.w + sw - 1) / sw;
  const Shifts dy = shifts_of(s.kh, sh, s.dilation[0], s.before[0]),
               dq = shifts_of(s.kw, sw, s.dilation[1], s.before[1]);
  const Bands bands(s.n, rows, columns * s.filters + sh * s.w * s.filters);
  const Windows<T> windows(g, s.oh, s.ow, s.filters, 1, bands, rows, 1, dy.low, dy.high - dy.low + 1, dq.low,
                           columns + dq.high - dq.low);
  Room<I64> offsets(sh * sw * 2 * s.kh * s.kw);
  const auto taps_of = [&](I64 down, I64 right) { return offsets.data() + (down * sw + right) * 2 * s.kh * s.kw; };
  Room<Phase> phases(sh + sw);
  Phase *down_phase = phases.data(), *right_phase = down_phase + sh;
  for (I64 i = 0; i < sh; ++i) down_phase[i] = phase_of(i, s.h, s.kh, sh, s.dilation[0], s.before[0]);
  for (I64 i = 0; i < sw; ++i) right_phase[i] = phase_of(i, s.w, s.kw, sw, s.dilation[1], s.before[1]);
  for (I64 down = 0; down < sh; ++down) {
    for (I64 right = 0; right < sw; ++right) {
      const Phase &y = down_phase[down], &q = right_phase[right];
      I64* tap = taps_of(down, right);
      I64* weight = tap + s.kh * s.kw;
      for (I64 a = 0; a < y.taps; ++a) {
        for (I64 b = 0; b < q.taps; ++b) {
          *tap++ = (y.shift(a) - dy.low) * windows.row_step() + (q.shift(b) - dq.low) * s.filters;
          *weight++ = (y.tap(a) * s.kw + q.tap(b)) * s.filters;
        }
      }
    }
  }
  const I64 line = s.w * s.filters;  // a row of dx before filters that share a channel are summed
  Rooms<T> rooms(windows.room() + (shared > 1 ? line : 0));
  parallel_for(
      bands.count(), grain_of(s.flops() * 4, bands.count()),
      [&](I64 begin, I64 end) {
        T* room = rooms.next();
        T* apart = room + windows.room();
        for (I64 b = begin; b < end; ++b) {
          const Band band = bands[b];
          const T* a = windows.look(band, room);
          for (I64 i = 0; i < band.images; ++i) {
            for (I64 r = 0; r < band.rows; ++r) {
              for (I64 down = 0; down < sh && (band.row + r) * sh + down < s.h; ++down) {
                T* row = dx + ((band.image + i) * s.h + (band.row + r) * sh + down) * s.w * s.c;
                T* to = shared > 1 ? apart : row;
                for (I64 right = 0; right < sw; ++right) {
                  const Phase &y = down_phase[down], &q = right_phase[right];
                  const I64* tap = taps_of(down, right);
                  f.depthwise_row({.count = q.places,
                                   .channels = s.filters,
                                   .taps = y.taps * q.taps,
                                   .tap = tap,
                                   .weight = tap + s.kh * s.kw,
                                   .a = a + i * windows.image_step() + r * windows.row_step(),
                                   .a_step = s.filters,
                                   .w = w,
                                   .c = to + right * s.filters,
                                   .c_step = sw * s.filters,
                                   .add = add && shared == 1});
                }
                if (shared > 1) sum_filters(s.w, s.c, shared, apart, row, add);
              }
            }
          }
        }
      },
      1);
}

template <class T>
void depthwise_kernel(const ConvShape& s, const T* x, const T* g, T* dw, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 size = s.kh * s.kw * s.filters;
  const Bands bands(s.n, s.oh, s.ow * s.filters + s.stride[0] * s.w * s.filters);
  const Windows<T> windows = windows_of_x(s, x, bands, s.group_filters());
  const Taps taps(s, windows.row_step());
  const I64 pieces = std::min<I64>(bands.count(), 8);  // by shape, as the order of the sums
  Room<T> partial(pieces * size);
  std::fill_n(partial.data(), pieces * size, T(0));
  Rooms<T> rooms(windows.room());
  parallel_for(
      pieces, grain_of(s.flops() * 4, pieces),
      [&](I64 begin, I64 end) {
        T* room = rooms.next();
        for (I64 piece = begin; piece < end; ++piece) {
          const I64 first = bands.count() * piece / pieces, last = bands.count() * (piece + 1) / pieces;
          for (I64 b = first; b < last; ++b) {
            const Band band = bands[b];
            const T* a = windows.look(band, room);
            const T* right = g + (band.image * s.oh + band.row) * s.ow * s.filters;
            for (I64 i = 0; i < band.images; ++i) {
              for (I64 r = 0; r < band.rows; ++r, right += s.ow * s.filters) {
                f.depthwise_sum({.count = s.ow,
                                 .channels = s.filters,
                                 .taps = s.kh * s.kw,
                                 .tap = taps.tap,
                                 .a = a + i * windows.image_step() + r * s.stride[0] * windows.row_step(),
                                 .a_step = s.stride[1] * s.filters,
                                 .g = right,
                                 .g_step = s.filters,
                                 .dw = partial.data() + piece * size});
              }
            }
          }
        }
      },
      1);
  for (I64 i = 0; i < size; ++i) {
    T sum = add ? dw[i] : T(0);
    for (I64 piece = 0; piece < pieces; ++piece) sum += partial.data()[piece * size + i];
    dw[i] = sum;
  }
}

template void depthwise(const ConvShape&, const float*, const float*, float*, bool);
template void depthwise(const ConvShape&, const double*, const double*, double*, bool);
template void depthwise_input(const ConvShape&, const float*, const float*, float*, bool);
template void depthwise_input(const ConvShape&, const double*, const double*, double*, bool);
template void depthwise_kernel(const ConvShape&, const float*, const float*, float*, bool);
template void depthwise_kernel(const ConvShape&, const double*, const double*, double*, bool);

}  // namespace xgrad::kernels
