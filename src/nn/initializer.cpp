#include "xgrad/nn/initializer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/cosine_window.hpp"
#include "core/kinds.hpp"
#include "core/near.hpp"
#include "xgrad/ops/arithmetic.hpp"

namespace xgrad {

namespace {

struct Named {
  std::string_view name;
  Initializer (*make)();
};
constexpr std::array names{
    Named{"zeros", [] { return Initializer(zeros); }},
    Named{"ones", [] { return Initializer(ones); }},
    Named{"glorot_uniform", [] { return Initializer(glorot_uniform); }},
    Named{"glorot_normal", [] { return Initializer(glorot_normal); }},
    Named{"he_uniform", [] { return Initializer(he_uniform); }},
    Named{"he_normal", [] { return Initializer(he_normal); }},
    Named{"lecun_uniform", [] { return Initializer(lecun_uniform); }},
    Named{"lecun_normal", [] { return Initializer(lecun_normal); }},
    Named{"random_uniform", [] { return Initializer(RandomUniform{}); }},
    Named{"uniform", [] { return Initializer(RandomUniform{}); }},
    Named{"random_normal", [] { return Initializer(RandomNormal{}); }},
    Named{"normal", [] { return Initializer(RandomNormal{}); }},
    Named{"truncated_normal", [] { return Initializer(TruncatedNormal{}); }},
    Named{"orthogonal", [] { return Initializer(Orthogonal{}); }},
    Named{"identity", [] { return Initializer(Identity{}); }},
    Named{"variance_scaling", [] { return Initializer(VarianceScaling{}); }},
    Named{"stft", [] { return Initializer(STFT{}); }},
    Named{"stft_initializer", [] { return Initializer(STFT{}); }},
};

/// Columns of q made orthonormal one after the other, each twice, so that rounding does not tilt them (Gram–Schmidt):
/// the Q of a QR decomposition whose R has a positive diagonal.
void orthonormalize(std::int64_t rows, std::int64_t columns, double* q) {
  const auto dot = [=](std::int64_t a, std::int64_t b) {
    double sum = 0;
    for (std::int64_t i = 0; i < rows; ++i) sum += q[i * columns + a] * q[i * columns + b];
    return sum;
  };
  for (std::int64_t c = 0; c < columns; ++c) {
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t d = 0; d < c; ++d) {
        const double along = dot(c, d);
        for (std::int64_t i = 0; i < rows; ++i) q[i * columns + c] -= along * q[i * columns + d];
      }
    const double length = std::sqrt(dot(c, c));
    for (std::int64_t i = 0; i < rows; ++i) q[i * columns + c] /= length;
  }
}

Array orthogonal(const Shape& shape, std::uint64_t seed, double gain, DType dtype, Loc loc) {
  if (shape.rank() < 2)
    throw ShapeError("orthogonal", "needs a shape of at least two axes; got " + shape.to_string(), loc);
  const std::int64_t columns = shape.back(), rows = columns == 0 ? 0 : shape.size() / columns;
  const std::int64_t more = std::max(rows, columns), fewer = std::min(rows, columns);
  Array q = random_normal({more, fewer}, seed, 0, 1, DType::float64, loc);
  double* p = q.mutable_data<double>();
  orthonormalize(more, fewer, p);
  Array result = Array::empty({rows, columns}, DType::float64);
  double* to = result.mutable_data<double>();
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      to[i * columns + j] = gain * (rows < columns ? p[j * fewer + i] : p[i * fewer + j]);
  return result.reshape(shape).astype(dtype);
}

constexpr std::array windows{detail::CosineWindow{"none", 1, 0, 0}, detail::hann, detail::hamming, detail::blackman};

Array stft_kernel(const STFT& settings, const Shape& shape, DType dtype, Loc loc) {
  if (shape.rank() != 3 || shape[1] != 1 || shape[2] < 2)
    throw ShapeError("stft", "needs a shape [frame length,1,bins] of at least 2 bins; got " + shape.to_string(), loc);
  const std::int64_t length = shape[0], bins = shape[2], points = 2 * (bins - 1);
  const auto* window = std::find_if(windows.begin(), windows.end(), [&](auto& w) { return w.name == settings.window; });
  const std::int64_t period = settings.periodic ? length : length - 1;
  const double turn = 2 * std::numbers::pi;
  Array kernel = Array::empty(shape, DType::float64);
  double* to = kernel.mutable_data<double>();
  double squares = 0, magnitudes = 0;
  for (std::int64_t t = 0; t < length; ++t) {
    const double w = length == 1 ? 1 : (*window)(t, period);
    squares += w * w;
    magnitudes += std::abs(w);
    for (std::int64_t k = 0; k < bins; ++k) {  // whole turns taken off: the angle keeps its digits
      const double phase = -turn * static_cast<double>(t * k % points) / static_cast<double>(points);
      *to++ = w * (settings.side == "real" ? std::cos(phase) : std::sin(phase));
    }
  }
  if (settings.window != "none" && settings.scaling != "none")
    kernel = kernel / (settings.scaling == "density" ? std::sqrt(squares) : magnitudes);
  return kernel.astype(dtype);
}

// --- what an Initializer holds: a function of the library, or settings ---

using Seeded = Array (*)(const Shape&, std::uint64_t, DType, Loc);
struct Plain {
  Array (*function)(const Shape&, DType, Loc);
  Array operator()(const Shape& s, std::uint64_t, DType t, Loc loc) const { return function(s, t, loc); }
};

Array make(const Constant& c, const Shape& s, std::uint64_t, DType t, Loc loc) { return full(s, c.value, t, loc); }
Array make(const RandomNormal& r, const Shape& s, std::uint64_t seed, DType t, Loc loc) {
  return random_normal(s, r.seed.value_or(seed), r.mean, r.stddev, t, loc);
}
Array make(const RandomUniform& r, const Shape& s, std::uint64_t seed, DType t, Loc loc) {
  return random_uniform(s, r.seed.value_or(seed), r.minval, r.maxval, t, loc);
}
Array make(const TruncatedNormal& r, const Shape& s, std::uint64_t seed, DType t, Loc loc) {
  return truncated_normal(s, r.seed.value_or(seed), r.mean, r.stddev, t, loc);
}
Array make(const Orthogonal& o, const Shape& s, std::uint64_t seed, DType t, Loc loc) {
  return orthogonal(s, o.seed.value_or(seed), o.gain, t, loc);
}
Array make(const Identity& i, const Shape& s, std::uint64_t, DType t, Loc loc) {
  if (s.rank() != 2 || s[0] != s[1])
    throw ShapeError("identity", "needs the shape of a square matrix; got " + s.to_string(), loc);
  return eye(s[0], t, loc) * i.gain;
}
Array make(const STFT& f, const Shape& s, std::uint64_t, DType t, Loc loc) { return stft_kernel(f, s, t, loc); }
Array make(const VarianceScaling& v, const Shape& s, std::uint64_t seed, DType t, Loc loc) {
  const detail::Fans f = detail::fans(s);
  const double fan = v.mode == "fan_in" ? f.in : v.mode == "fan_out" ? f.out : (f.in + f.out) / 2;
  const double variance = v.scale / std::max(1.0, fan);
  const std::uint64_t from = v.seed.value_or(seed);
  if (v.distribution == "uniform")
    return random_uniform(s, from, -std::sqrt(3 * variance), std::sqrt(3 * variance), t, loc);
  if (v.distribution == "truncated_normal")
    return truncated_normal(s, from, 0, std::sqrt(variance) / detail::truncated_stddev, t, loc);
  return random_normal(s, from, 0, std::sqrt(variance), t, loc);
}
template <class K>
struct Made {
  K settings;
  Array operator()(const Shape& s, std::uint64_t seed, DType t, Loc loc) const {
    return make(settings, s, seed, t, loc);
  }
};

/// The initializer as what `exchange_kind` looks into.
struct Held {
  Initializer& self;
  std::function<Array(const Shape&, std::uint64_t, DType, Loc)>& make;
  Loc loc;
  template <class K>
  K* get() {
    auto* made = make.template target<Made<K>>();
    return made ? &made->settings : nullptr;
  }
  template <class K>
  void set(K settings) {
    if constexpr (std::same_as<K, VarianceScaling> || std::same_as<K, STFT>) {
      self = Initializer(std::move(settings), loc);
    } else {
      self = Initializer(std::move(settings));
    }
  }
};

}  // namespace

Initializer::Initializer(Array (*function)(const Shape&, std::uint64_t, DType, Loc)) : make_(function) {}
Initializer::Initializer(Array (*function)(const Shape&, DType, Loc)) : make_(Plain{function}) {}

Initializer::Initializer(std::string_view name, Loc loc) {
  const std::string wanted = detail::folded(name);
  std::array<std::string_view, names.size()> known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    known[i] = names[i].name;
    if (detail::folded(known[i]) == wanted) {
      *this = names[i].make();
      return;
    }
  }
  throw ArgError(
      "initializer",
      "needs the name of an initializer; got '" + std::string(name) + "'" + detail::near_matches(name, known), loc);
}

Initializer::Initializer(Constant settings) : make_(Made<Constant>{settings}) {}
Initializer::Initializer(RandomNormal settings) : make_(Made<RandomNormal>{settings}) {}
Initializer::Initializer(RandomUniform settings) : make_(Made<RandomUniform>{settings}) {}
Initializer::Initializer(TruncatedNormal settings) : make_(Made<TruncatedNormal>{settings}) {}
Initializer::Initializer(Orthogonal settings) : make_(Made<Orthogonal>{settings}) {}
Initializer::Initializer(Identity settings) : make_(Made<Identity>{settings}) {}

Initializer::Initializer(VarianceScaling v, Loc loc) {
  if (v.mode != "fan_in" && v.mode != "fan_out" && v.mode != "fan_avg")
    throw ArgError("variance_scaling", "needs a mode fan_in, fan_out or fan_avg; got '" + v.mode + "'", loc);
  if (v.distribution != "uniform" && v.distribution != "truncated_normal" && v.distribution != "untruncated_normal")
    throw ArgError("variance_scaling",
                   "needs a distribution uniform, truncated_normal or untruncated_normal; got '" + v.distribution + "'",
                   loc);
  if (!(v.scale > 0)) throw ArgError("variance_scaling", "needs a positive scale; got " + std::to_string(v.scale), loc);
  make_ = Made<VarianceScaling>{std::move(v)};
}

Initializer::Initializer(STFT f, Loc loc) {
  const auto one_of = [&](const char* what, const std::string& got, std::initializer_list<std::string_view> known) {
    if (std::find(known.begin(), known.end(), got) != known.end()) return;
    std::string list;
    for (const std::string_view k : known) list += (list.empty() ? "" : ", ") + std::string(k);
    throw ArgError("stft", "needs a " + std::string(what) + " out of " + list + "; got '" + got + "'", loc);
  };
  one_of("side", f.side, {"real", "imag"});
  one_of("window", f.window, {"none", "hann", "hamming", "blackman"});
  one_of("scaling", f.scaling, {"none", "density", "spectrum"});
  make_ = Made<STFT>{std::move(f)};
}

void Initializer::settings(Settings& s) {
  const Seeded* seeded = make_.target<Seeded>();
  const Plain* plain = make_.target<Plain>();
  if (!s.reading() && (seeded || plain)) {
    for (const Named& known : names) {
      const Initializer other = known.make();
      const Seeded* f = other.make_.target<Seeded>();
      const Plain* g = other.make_.target<Plain>();
      if ((seeded && f && *f == *seeded) || (plain && g && g->function == plain->function)) {
        s.kind(known.name);
        return;
      }
    }
  }
  if (s.reading()) {
    const std::string kind = s.kind();
    for (const Named& known : names)
      if (known.name == kind) {
        *this = known.make();
        return;
      }
  }
  using detail::KindOf;
  detail::exchange_kind(
      s, "an initializer", Held{*this, make_, s.loc()},  //
      KindOf<Constant>{"Constant", [](Settings& c, Constant& k) { c("value", k.value); }},
      KindOf<RandomNormal>{"RandomNormal",
                           [](Settings& c, RandomNormal& k) { c("mean", k.mean)("stddev", k.stddev)("seed", k.seed); }},
      KindOf<RandomUniform>{
          "RandomUniform",
          [](Settings& c, RandomUniform& k) { c("minval", k.minval)("maxval", k.maxval)("seed", k.seed); }},
      KindOf<TruncatedNormal>{
          "TruncatedNormal",
          [](Settings& c, TruncatedNormal& k) { c("mean", k.mean)("stddev", k.stddev)("seed", k.seed); }},
      KindOf<VarianceScaling>{"VarianceScaling",
                              [](Settings& c, VarianceScaling& k) {
                                c("scale", k.scale)("mode", k.mode)("distribution", k.distribution)("seed", k.seed);
                              }},
      KindOf<Orthogonal>{"Orthogonal", [](Settings& c, Orthogonal& k) { c("gain", k.gain)("seed", k.seed); }},
      KindOf<Identity>{"Identity", [](Settings& c, Identity& k) { c("gain", k.gain); }},
      KindOf<STFT>{"STFT", [](Settings& c, STFT& k) {
                     c("side", k.side)("window", k.window)("scaling", k.scaling)("periodic", k.periodic);
                   }});
}

Array Initializer::operator()(const Shape& shape, std::uint64_t seed, DType dtype, Loc loc) const {
  Array value = make_(shape, seed, dtype, loc);
  if (value.shape() != shape)
    throw ShapeError("initializer",
                     "needs a function that gives " + shape.to_string() + "; got one that gave " + signature(value),
                     loc);
  return value.dtype() == dtype ? value : value.astype(dtype);
}

}  // namespace xgrad
