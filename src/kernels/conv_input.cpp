// The transpose of a convolution in x: places of x that the same taps reach are a convolution of the result's cotangent
// with these taps.

#include <numeric>

#include "kernels/conv_bands.hpp"
#include "kernels/conv_tables.hpp"
#include "kernels/isa.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

constexpr I64 kManyFilters = 24;  // from which a pass over dx for each tap costs less than the places outside

/// The places of x of one phase along both axes, and the taps that reach them: a convolution of its own.
template <class T>
struct PhaseProduct {
  Phase y, x;
  I64 segments = 0, length = 0;
  I64 *segment = nullptr, *row = nullptr, *to = nullptr;
  T* weights = nullptr;  // [groups][panels][taps · filters of a group][panel]
};

/// w's taps of the phase, transposed: rows (tap, filter), columns channels.
template <class T>
void pack_phase(const ConvShape& s, const PhaseProduct<T>& p, const T* w) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 channels = s.group_channels(), filters = s.group_filters();
  T* to = p.weights;
  for (I64 e = 0; e < s.groups; ++e) {
    for (I64 j = 0; j < channels; j += f.panel) {
      const I64 columns = std::min(f.panel, channels - j);
      for (I64 a = 0; a < p.y.taps; ++a) {
        for (I64 b = 0; b < p.x.taps; ++b, to += filters * f.panel) {
          const I64 tap = p.y.tap(a) * s.kw + p.x.tap(b);
          if (columns < f.panel) std::fill_n(to, filters * f.panel, T(0));
          f.transpose(columns, filters, w + (tap * channels + j) * s.filters + e * filters, s.filters, to, f.panel);
        }
      }
    }
  }
}

template <class T>
void by_phases(const ConvShape& s, const T* g, const T* w, T* dx, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 sh = s.stride[0], sw = s.stride[1], channels = s.group_channels(), filters = s.group_filters();
  const I64 rows = (s.h + sh - 1) / sh, columns = (s.w + sw - 1) / sw;  // of the first phase, which has the most
  const Shifts dy = shifts_of(s.kh, sh, s.dilation[0], s.before[0]),
               dq = shifts_of(s.kw, sw, s.dilation[1], s.before[1]);
  const Bands bands(s.n, rows, columns * s.filters + sh * s.w * s.c);
  const Windows<T> windows(g, s.oh, s.ow, s.filters, 1, bands, rows, 1, dy.low, dy.high - dy.low + 1, dq.low,
                           columns + dq.high - dq.low);
  const I64 phases = sh * sw, most = bands.images() * bands.rows() * columns;
  const I64 padded = round_up(channels, f.panel);
  Room<PhaseProduct<T>> products(phases);
  Room<I64> offsets(phases * 2 * most + s.kh * s.kw);
  Room<T> weights(s.kh * s.kw * s.filters * padded);
  I64* offset = offsets.data();
  T* weight = weights.data();
  for (I64 e = 0; e < phases; ++e) {
    PhaseProduct<T>& p = *new (products.data() + e) PhaseProduct<T>{};
    const I64 down = e / sw, right = e % sw;
    p.y = phase_of(down, s.h, s.kh, sh, s.dilation[0], s.before[0]);
    p.x = phase_of(right, s.w, s.kw, sw, s.dilation[1], s.before[1]);
    const bool whole_rows = s.groups == 1 && p.x.shift_step == 1 && p.x.taps > 0;
    const I64 runs = whole_rows ? 1 : p.x.taps;
    p.segments = p.y.taps * runs;
    p.length = whole_rows ? p.x.taps * filters : filters;
    p.segment = offset;
    for (I64 a = 0; a < p.y.taps; ++a) {
      for (I64 b = 0; b < runs; ++b)
        *offset++ = (p.y.shift(a) - dy.low) * windows.row_step() + (p.x.shift(b) - dq.low) * s.filters;
    }
    const I64 band_rows = bands.images() > 1 ? p.y.places : bands.rows();
    p.row = offset;
    p.to = offset + bands.images() * band_rows * p.x.places;
    offset = p.to + (p.to - p.row);
    for (I64 i = 0, m = 0; i < bands.images(); ++i) {
      for (I64 r = 0; r < band_rows; ++r) {
        for (I64 q = 0; q < p.x.places; ++q, ++m) {
          p.row[m] = i * windows.image_step() + r * windows.row_step() + q * s.filters;
          p.to[m] = ((i * s.h + r * sh + down) * s.w + q * sw + right) * s.c;
        }
      }
    }
    p.weights = weight;
    pack_phase(s, p, w);
    weight += p.y.taps * p.x.taps * s.filters * padded;
  }
  Rooms<T> rooms(windows.room());
  parallel_for(
      bands.count(), grain_of(s.flops(), bands.count()),
      [&](I64 begin, I64 end) {
        T* room = rooms.next();
        for (I64 b = begin; b < end; ++b) {
          const Band band = bands[b];
          const T* a = windows.look(band, room);
          T* c = dx + (band.image * s.h + band.row * sh) * s.w * s.c;
          for (I64 i = 0; i < phases; ++i) {
            const PhaseProduct<T>& p = products.data()[i];
            const I64 here = std::min(band.rows, p.y.places - band.row);
            if (here <= 0) continue;
            const I64 k = p.y.taps * p.x.taps * filters;
            for (I64 e = 0; e < s.groups; ++e) {
              f.product({.m = band.images * here * p.x.places,
                         .row = p.row,
                         .segments = p.segments,
                         .segment = p.segment,
                         .length = p.length,
                         .step = 1,
                         .a = a + e * filters,
                         .b = p.weights + e * k * padded,
                         .ldb = f.panel,
                         .panel_step = k * f.panel,
                         .n = channels,
                         .c = c + e * channels,
                         .to = p.to,
                         .add = add});
            }
          }
        }
      },
      1);
}

/// The places along one axis that a tap takes results to, and those results.
struct Reached {
  I64 first, last;  // results
};
/// The results whose tap `tap` reads one of the places [begin, end).
Reached reached(I64 tap, I64 begin, I64 end, I64 results, I64 stride, I64 dilation, I64 before) {
  const I64 shift = tap * dilation - before;  // of the place that result 0 reads
  const auto first_from = [&](I64 place) {    // the first result that reads this place or a later one
    return std::clamp<I64>(place - shift <= 0 ? 0 : (place - shift + stride - 1) / stride, 0, results);
  };
  return {first_from(begin), first_from(end)};
}

/// For filters enough that their sums are worth a pass over dx: tap by tap, what each result gives to the place that
/// the tap read. Nothing is computed for places outside.
template <class T>
void by_taps(const ConvShape& s, const T* g, const T* w, T* dx, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 channels = s.group_channels(), filters = s.group_filters(), taps = s.kh * s.kw;
  const I64 packed = filters * round_up(channels, f.panel);
  Room<T> weights(taps * s.groups * packed);
  for (I64 t = 0; t < taps; ++t) {
    for (I64 e = 0; e < s.groups; ++e) {
      T* to = weights.data() + (t * s.groups + e) * packed;
      for (I64 j = 0; j < channels; j += f.panel, to += filters * f.panel) {
        const I64 columns = std::min(f.panel, channels - j);
        if (columns < f.panel) std::fill_n(to, filters * f.panel, T(0));
        f.transpose(columns, filters, w + (t * channels + j) * s.filters + e * filters, s.filters, to, f.panel);
      }
    }
  }
  const I64 row = s.w * s.c, down = (s.oh * s.ow * s.filters + s.h - 1) / s.h;  // numbers of g for a row of dx
  const Bands bands(s.n, s.h, row + down);
  const I64 most = bands.images() * std::min(bands.rows(), s.oh) * s.ow;
  const I64 nothing = 0;
  Rooms<I64> rooms(2 * most);
  parallel_for(
      bands.count(), grain_of(s.flops(), bands.count()),
      [&](I64 begin, I64 end) {
        I64 *const from = rooms.next(), *const to = from + most;
        for (I64 b = begin; b < end; ++b) {
          const Band band = bands[b];
          const T* a = g + band.image * s.oh * s.ow * s.filters;
          T* c = dx + (band.image * s.h + band.row) * row;
          if (!add) {  // one run: all rows of several pictures, or some of one
            std::fill_n(c, band.images * band.rows * row, T(0));
          }
          c -= band.row * row;
          for (I64 t = 0; t < taps; ++t) {
            const I64 i = t / s.kw, j = t % s.kw;
            const Reached y = reached(i, band.row, band.row + band.rows, s.oh, s.stride[0], s.dilation[0], s.before[0]);
            const Reached x = reached(j, 0, s.w, s.ow, s.stride[1], s.dilation[1], s.before[1]);
            I64 m = 0;
            for (I64 image = 0; image < band.images; ++image) {
              for (I64 p = y.first; p < y.last; ++p) {
                const I64 place = (image * s.h + p * s.stride[0] + i * s.dilation[0] - s.before[0]) * s.w +
                                  j * s.dilation[1] - s.before[1];
                const I64 result = (image * s.oh + p) * s.ow;
                for (I64 q = x.first; q < x.last; ++q, ++m) {
                  from[m] = (result + q) * s.filters;
                  to[m] = (place + q * s.stride[1]) * s.c;
                }
              }
            }
            for (I64 e = 0; e < s.groups; ++e) {
              f.product({.m = m,
                         .row = from,
                         .segments = 1,
                         .segment = &nothing,
                         .length = filters,
                         .step = 1,
                         .a = a + e * filters,
                         .b = weights.data() + (t * s.groups + e) * packed,
                         .ldb = f.panel,
                         .panel_step = filters * f.panel,
                         .n = channels,
                         .c = c + e * channels,
                         .to = to,
                         .add = true});
            }
          }
        }
      },
      1);
}

/// For few channels, whose sums would leave most of a vector empty: first what each result gives to all the places that
/// it was read from, as one product, and then these added up picture by picture.
template <class T>
void scattered_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add) {
  const ConvTable<T>& f = table<ConvTable<T>>();
  const I64 k = s.taps(), rows = std::clamp<I64>(256 / std::max<I64>(1, s.ow), 1, std::max<I64>(1, s.oh));
  const I64 most = rows * s.ow;
  Room<T> weights(s.filters * round_up(k, f.panel));
  for (I64 j = 0; j < k; j += f.panel) {
    T* to = weights.data() + j * s.filters;
    const I64 columns = std::min(f.panel, k - j);
    if (columns < f.panel) std::fill_n(to, s.filters * f.panel, T(0));
    f.transpose(columns, s.filters, w + j * s.filters, s.filters, to, f.panel);
  }
  const Offsets at(most);
  for (I64 m = 0; m < most; ++m) {
    at.row[m] = m * s.filters;
    at.to[m] = m * k;
  }
  const I64 nothing = 0, picture = s.h * s.w * s.c;
  Rooms<T> rooms(most * k);
  const I64 run = s.kw * s.c;
  const auto add_up = [&](const T* given, I64 row, I64 here, T* to) {
    for (I64 p = row; p < row + here; ++p) {
      for (I64 q = 0; q < s.ow; ++q) {
        const I64 left = q * s.stride[1] - s.before[1];
        const bool together = s.dilation[1] == 1 && left >= 0 && left + s.kw <= s.w;  // in one run of memory
        for (I64 a = 0; a < s.kh; ++a, given += run) {
          const I64 y = p * s.stride[0] + a * s.dilation[0] - s.before[0];
          if (y < 0 || y >= s.h) continue;
          if (together) {
            T* there = to + (y * s.w + left) * s.c;
            for (I64 i = 0; i < run; ++i) there[i] += given[i];
            continue;
          }
          for (I64 b = 0; b < s.kw; ++b) {
            const I64 x = left + b * s.dilation[1];
            if (x < 0 || x >= s.w) continue;
            T* there = to + (y * s.w + x) * s.c;
            for (I64 i = 0; i < s.c; ++i) there[i] += given[b * s.c + i];
          }
        }
      }
    }
  };
  parallel_for(
      s.n, grain_of(s.flops(), s.n),
      [&](I64 begin, I64 end) {
        T* given = rooms.next();
        for (I64 i = begin; i < end; ++i) {
          if (!add) std::fill_n(dx + i * picture, picture, T(0));
          for (I64 row = 0; row < s.oh; row += rows) {
            const I64 here = std::min(rows, s.oh - row);
            f.product({.m = here * s.ow,
                       .row = at.row,
                       .segments = 1,
                       .segment = &nothing,
                       .length = s.filters,
                       .step = 1,
                       .a = g + (i * s.oh + row) * s.ow * s.filters,
                       .b = weights.data(),
                       .ldb = f.panel,
                       .panel_step = s.filters * f.panel,
                       .n = k,
                       .c = given,
                       .to = at.to,
                       .add = false});
            add_up(given, row, here, dx + i * picture);
          }
        }
      },
      1);
}

}  // namespace

Phase phase_of(I64 phase, I64 extent, I64 size, I64 stride, I64 dilation, I64 before) {
  const I64 common = std::gcd(dilation, stride);
  Phase p;
  p.places = phase < extent ? (extent - phase + stride - 1) / stride : 0;
  p.tap_step = stride / common;
  p.shift_step = dilation / common;
  for (I64 i = 0; i < size; ++i) {
    if ((phase + before - i * dilation) % stride != 0) continue;
    ++p.taps;
    p.last_tap = i;
    p.first_shift = (phase + before - i * dilation) / stride;
  }
  return p;
}

Shifts shifts_of(I64 size, I64 stride, I64 dilation, I64 before) {
  const auto up = [stride](I64 a) { return a >= 0 ? (a + stride - 1) / stride : -(-a / stride); };
  return {up(before - (size - 1) * dilation), up(before)};
}

template <class T>
void gathered_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add) {
  const bool few = s.groups == 1 && 4 * s.c <= table<ConvTable<T>>().lanes;
  if (few) return scattered_input(s, g, w, dx, add);
  s.group_filters() >= kManyFilters ? by_taps(s, g, w, dx, add) : by_phases(s, g, w, dx, add);
}

template void gathered_input(const ConvShape&, const float*, const float*, float*, bool);
template void gathered_input(const ConvShape&, const double*, const double*, double*, bool);

}  // namespace xgrad::kernels
