#pragma once
/// \file Initializer: how a layer makes the first value of a weight, by function, by name, by settings or as a
/// callable.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "xgrad/nn/initializers.hpp"

namespace xgrad {

class Settings;

/// @name Initializers with settings
/// A `seed` makes the values depend on it alone; without one they follow from `set_seed` and from what was made before.
/// @{

/// Every element is `value`.
struct Constant {
  double value = 0;
};
/// Normal.
struct RandomNormal {
  double mean = 0, stddev = 0.05;
  std::optional<std::uint64_t> seed = {};
};
/// Uniform over [minval, maxval).
struct RandomUniform {
  double minval = -0.05, maxval = 0.05;
  std::optional<std::uint64_t> seed = {};
};
/// Normal, drawn again beyond two stddev.
struct TruncatedNormal {
  double mean = 0, stddev = 0.05;
  std::optional<std::uint64_t> seed = {};
};
/// Variance scale / n, where n is the number of inputs (`fan_in`), outputs (`fan_out`) or their mean (`fan_avg`) of an
/// element; `distribution` is `truncated_normal`, `untruncated_normal` or `uniform`.
struct VarianceScaling {
  double scale = 1;
  std::string mode = "fan_in", distribution = "truncated_normal";
  std::optional<std::uint64_t> seed = {};
};
/// Orthonormal rows or columns, whichever are fewer, times `gain`; at least two axes, of which all but the last count
/// as one. Source: Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep
/// linear neural networks".
struct Orthogonal {
  double gain = 1;
  std::optional<std::uint64_t> seed = {};
};
/// The identity matrix times `gain`.
struct Identity {
  double gain = 1;
};
/// The kernel [T, 1, bins] of a Conv1D that is a short-time Fourier transform of frames of T samples, in bins 0 to
/// F / 2 of a transform of F = 2 (bins − 1) points: w[t] cos(−2πtk/F), or w[t] sin(−2πtk/F), over the scale.
///
/// `side` is `real` or `imag`; `window` is `hann`, `hamming`, `blackman` or `none`, over T points, or T + 1 without the
/// last if `periodic`; `scaling` is `density` (√Σ w²), `spectrum` (Σ |w|) or `none`. Nothing is scaled without a
/// window.
struct STFT {
  std::string side = "real", window = "hann", scaling = "density";
  bool periodic = false;
};
/// @}

/// How a layer makes the first value of a weight: `glorot_uniform`, `"he_normal"`, `RandomNormal{.stddev = 0.01}`,
/// `zeros`, or `[](const Shape& shape, DType dtype) { … }`.
class Initializer {
 public:
  Initializer() : Initializer(glorot_uniform) {}
  Initializer(Array (*function)(const Shape&, std::uint64_t, DType, Loc));  // NOLINT: .kernel_initializer = he_normal
  Initializer(Array (*function)(const Shape&, DType, Loc));                 // NOLINT: .bias_initializer = zeros
  /// @throws ArgError for an unknown name, with the near ones
  Initializer(std::string_view name, Loc loc = Loc::current());                                          // NOLINT
  Initializer(const char* name, Loc loc = Loc::current()) : Initializer(std::string_view(name), loc) {}  // NOLINT
  Initializer(Constant settings);                                                                        // NOLINT
  Initializer(RandomNormal settings);                                                                    // NOLINT
  Initializer(RandomUniform settings);                                                                   // NOLINT
  Initializer(TruncatedNormal settings);                                                                 // NOLINT
  /// @throws ArgError for an unknown mode or distribution
  Initializer(VarianceScaling settings, Loc loc = Loc::current());  // NOLINT
  Initializer(Orthogonal settings);                                 // NOLINT
  Initializer(Identity settings);                                   // NOLINT
  /// @throws ArgError for an unknown side, window or scaling
  Initializer(STFT settings, Loc loc = Loc::current());  // NOLINT
  template <class F>
  requires std::is_invocable_r_v<Array, F&, const Shape&, DType> Initializer(F f)  // NOLINT
      : make_([f](const Shape& s, std::uint64_t, DType t, Loc) mutable { return Array(f(s, t)); }) {}

  /// The value. @throws ShapeError where the initializer has none of this shape, or gave another
  Array operator()(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32,
                   Loc loc = Loc::current()) const;
  /// For files. @throws ArgError for a function of one's own
  void settings(Settings& s);

 private:
  std::function<Array(const Shape&, std::uint64_t, DType, Loc)> make_;
};

}  // namespace xgrad
