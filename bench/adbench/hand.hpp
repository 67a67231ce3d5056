#pragma once
// Hand tracking: residuals between measured points and a skinned hand model.

#include <cmath>
#include <map>

#include "input.hpp"

namespace adbench {

struct HandModel {
  std::int64_t bones, vertices;
  std::vector<std::int64_t> parent;     // −1: root
  Array relative;                       // [bones, 4, 4]: B
  Array inverse_base;                   // [bones, 4, 4]: E
  Array weighted;                       // [V, bones·4]: w_jb P_j, so that skinning is one product
  std::vector<std::int64_t> triangles;  // 3 a triangle

  explicit HandModel(const std::string& folder) {
    Numbers b(folder + "/bones.txt");
    std::vector<double> rel, inv;
    while (!b.done()) {
      b.skip_word();
      parent.push_back(b.integer());
      for (int i = 0; i < 16; ++i) rel.push_back(b.next());
      for (int i = 0; i < 16; ++i) inv.push_back(b.next());
    }
    bones = static_cast<std::int64_t>(parent.size());
    relative = Array::from(std::span<const double>(rel), {bones, 4, 4});
    inverse_base = Array::from(std::span<const double>(inv), {bones, 4, 4});
    Numbers v(folder + "/vertices.txt");
    std::vector<double> w;
    vertices = 0;
    while (!v.done()) {
      const double point[4] = {v.next(), v.next(), v.next(), 1};
      for (int i = 0; i < 5; ++i) v.next();
      std::vector<double> of_bone(static_cast<std::size_t>(bones), 0);
      for (std::int64_t i = 0, count = v.integer(); i < count; ++i) {
        const auto bone = static_cast<std::size_t>(v.integer());
        of_bone[bone] = v.next();
      }
      for (double weight : of_bone)
        for (double c : point) w.push_back(weight * c);
      ++vertices;
    }
    weighted = Array::from(std::span<const double>(w), {vertices, bones * 4});
    Numbers t(folder + "/triangles.txt");
    while (!t.done()) triangles.push_back(t.integer());
  }
};

struct Hand {
  std::int64_t n;
  Array theta;   // [26]
  Array points;  // [N, 3]
  std::vector<std::int64_t> correspondence;
  Array us;  // [N, 2] in complicated problems, else no elements
  bool complicated;

  Hand(const std::string& path, bool complicated_problem) : complicated(complicated_problem) {
    Numbers in(path);
    n = in.integer();
    const std::int64_t parameters = in.integer();
    std::vector<double> p;
    for (std::int64_t i = 0; i < n; ++i) {
      correspondence.push_back(in.integer());
      for (int c = 0; c < 3; ++c) p.push_back(in.next());
    }
    points = Array::from(std::span<const double>(p), {n, 3});
    if (complicated) us = in.array({n, 2});
    theta = in.array({parameters});
  }
};

/// Rotation matrices from cosines and sines, as rows of nine numbers times constants: Rz(d) Rx(a), in a 4 × 4 frame.
inline xgrad::Var bone_rotations(const HandModel& model, const xgrad::Var& theta) {
  using namespace xgrad;
  // Each bone's two angles out of theta and a zero: bone 2 + 4f: flexion and abduction; 3 + 4f and 4 + 4f: flexion.
  const std::int64_t zero = 26;
  std::vector<std::int64_t> flexion(static_cast<std::size_t>(model.bones), zero), abduction = flexion;
  for (std::int64_t f = 0; f < 5; ++f) {
    const auto bone = static_cast<std::size_t>(2 + 4 * f);
    flexion[bone] = 6 + 4 * f;
    abduction[bone] = 7 + 4 * f;
    flexion[bone + 1] = 8 + 4 * f;
    flexion[bone + 2] = 9 + 4 * f;
  }
  const Var angles = concat({theta, Var(zeros({1}, DType::float64))}, 0);
  const Var a = take(angles, indices(flexion), 0), d = take(angles, indices(abduction), 0);
  const Var ca = cos(a), sa = sin(a), cd = cos(d), sd = sin(d);
  const Var none = Var(zeros({model.bones}, DType::float64)), one = Var(ones({model.bones}, DType::float64));
  return reshape(stack({cd, -sd * ca, sd * sa, none,  //
                        sd, cd * ca, -cd * sa, none,  //
                        none, sa, ca, none,           //
                        none, none, none, one},
                       1),
                 {model.bones, 4, 4});
}

/// The model's vertices [V, 3] in the pose theta.
inline xgrad::Var hand_vertices(const HandModel& model, const xgrad::Var& theta) {
  using namespace xgrad;
  const std::vector<Var> local =
      split(matmul(model.relative, bone_rotations(model, theta)), model.bones, 0);  // each [1, 4, 4]
  std::vector<Var> absolute;
  for (std::size_t b = 0; b < local.size(); ++b)
    absolute.push_back(model.parent[b] < 0 ? local[b]
                                           : matmul(absolute[static_cast<std::size_t>(model.parent[b])], local[b]));
  const Var transforms = matmul(concat(absolute, 0), model.inverse_base);            // [bones, 4, 4]
  const Var rows = reshape(transpose(transforms, {0, 2, 1}), {model.bones * 4, 4});  // column of T, bone by bone
  const Var posed = take(matmul(model.weighted, rows), indices({0, 1, 2}), 1);       // [V, 3]

  const std::vector<Var> parts = split(theta, {3, 3, 20}, 0);
  const Var r = parts[0];
  const Var angle = norm(r);
  const Var unit = r / angle;
  const Array generators = Array(xt::xarray<double>{0, 0,  0, 0, 0, -1, 0,  1, 0,  // [v]x = Σ v_i G_i
                                                    0, 0,  1, 0, 0, 0,  -1, 0, 0,  //
                                                    0, -1, 0, 1, 0, 0,  0,  0, 0})
                               .reshape({3, 9});
  const Var skew = reshape(matmul(reshape(unit, {1, 3}), generators), {3, 3});
  const bool turns = angle.value().item<double>() >= 1e-4;  // as the suite has it
  const Var global =
      turns ? cos(angle) * eye(3, DType::float64) + (1 - cos(angle)) * outer(unit, unit) + sin(angle) * skew
            : Var(eye(3, DType::float64));
  return matmul(posed, global, {.transpose_b = true}) + parts[1];
}

/// Residuals [N, 3]. `us` is read in complicated problems only.
inline xgrad::Var hand_residuals(const HandModel& model, const Hand& hand, xgrad::Var theta, xgrad::Var us) {
  using namespace xgrad;
  const Var vertices = hand_vertices(model, theta);
  if (!hand.complicated) return hand.points - take(vertices, indices(hand.correspondence), 0);
  std::vector<std::int64_t> corner[3];
  for (std::int64_t t : hand.correspondence)
    for (std::size_t c = 0; c < 3; ++c) corner[c].push_back(model.triangles[static_cast<std::size_t>(3 * t) + c]);
  const std::vector<Var> u = split(us, 2, 1);  // barycentric coordinates
  return hand.points - (u[0] * take(vertices, indices(corner[0]), 0) + u[1] * take(vertices, indices(corner[1]), 0) +
                        (1 - u[0] - u[1]) * take(vertices, indices(corner[2]), 0));
}

/// Half the sum of squares of the residuals.
inline xgrad::Var hand_objective(const HandModel& model, const Hand& hand, xgrad::Var theta, xgrad::Var us) {
  return 0.5 * sum(square(hand_residuals(model, hand, theta, us)));
}

}  // namespace adbench
