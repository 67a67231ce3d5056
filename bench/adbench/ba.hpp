#pragma once
// Bundle adjustment: residuals of projected points, as functions of cameras, points and weights.

#include "input.hpp"

namespace adbench {

struct Ba {
  std::int64_t n, m, p;
  Array cameras;              // [n, 11]: rotation (axis · angle) 3, centre 3, f, u0 2, k1, k2
  Array points;               // [m, 3]
  Array weights;              // [p]
  Array features;             // [p, 2]
  Array camera_of, point_of;  // [p]

  /// The file gives one camera, point, weight and feature: each is repeated.
  explicit Ba(const std::string& path) {
    Numbers in(path);
    n = in.integer();
    m = in.integer();
    p = in.integer();
    const Array camera = in.array({1, 11}), point = in.array({1, 3}), weight = in.array({1}),
                feature = in.array({1, 2});
    cameras = xgrad::broadcast_to(camera, {n, 11});
    points = xgrad::broadcast_to(point, {m, 3});
    weights = xgrad::broadcast_to(weight, {p});
    features = xgrad::broadcast_to(feature, {p, 2});
    std::vector<std::int64_t> of_camera, of_point;
    for (std::int64_t i = 0; i < p; ++i) {
      of_camera.push_back(i % n);
      of_point.push_back(i % m);
    }
    camera_of = indices(of_camera);
    point_of = indices(of_point);
  }
};

struct BaResiduals {
  xgrad::Var reprojection;  // [p, 2]
  xgrad::Var weight;        // [p]
};

/// a × b, row by row.
inline xgrad::Var cross(const xgrad::Var& a, const xgrad::Var& b) {
  using namespace xgrad;
  const Array next = indices({1, 2, 0}), after = indices({2, 0, 1});
  return take(a, next, 1) * take(b, after, 1) - take(a, after, 1) * take(b, next, 1);
}

inline BaResiduals ba_residuals(const Ba& ba, xgrad::Var cameras, xgrad::Var points, xgrad::Var weights) {
  using namespace xgrad;
  const std::vector<Var> c = split(cameras, {3, 3, 1, 2, 1, 1}, 1);
  // What depends on the camera alone is computed once a camera.
  const Var angle = norm(c[0], 1, true);  // [n, 1]
  const Var axis = c[0] / angle;
  const Var per_camera = concat({axis, cos(angle), sin(angle), c[1], c[2], c[3], c[4], c[5]}, 1);
  const std::vector<Var> of = split(take(per_camera, ba.camera_of, 0), {3, 1, 1, 3, 1, 2, 1, 1}, 1);
  const Var &v = of[0], &cosine = of[1], &sine = of[2], &f = of[4], &u0 = of[5], &k1 = of[6], &k2 = of[7];
  const Var y = take(points, ba.point_of, 0) - of[3];
  // Rodrigues: the point in the camera's frame.
  const Var turned = y * cosine + cross(v, y) * sine + v * (sum(v * y, 1, true) * (1 - cosine));
  const std::vector<Var> xyz = split(turned, {2, 1}, 1);
  const Var q = xyz[0] / xyz[1];
  const Var s = sum(square(q), 1, true);
  const Var projected = f * (1 + s * (k1 + k2 * s)) * q + u0;  // radial distortion
  return {expand_dims(weights, 1) * (projected - ba.features), 1 - square(weights)};
}

/// Half the sum of squares of all residuals.
inline xgrad::Var ba_objective(const Ba& ba, xgrad::Var cameras, xgrad::Var points, xgrad::Var weights) {
  const BaResiduals r = ba_residuals(ba, cameras, points, weights);
  return 0.5 * (sum(square(r.reprojection)) + sum(square(r.weight)));
}

}  // namespace adbench
