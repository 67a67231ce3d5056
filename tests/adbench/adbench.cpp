// Problems that no one here wrote: the ADBench suite, value and gradient against reference values in float64.
// Needs the suite's inputs in $XGRAD_DATA/adbench; without them these tests say so and pass.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "adbench/ba.hpp"
#include "adbench/gmm.hpp"
#include "adbench/hand.hpp"
#include "adbench/lstm.hpp"

using namespace xgrad;

namespace {

/// The folder of the suite, or empty.
std::string suite() {
  const char* data = std::getenv("XGRAD_DATA");
  const std::string folder = data ? std::string(data) + "/adbench" : "";
  if (folder.empty() || !std::filesystem::is_directory(folder)) {
    MESSAGE("skipped: needs the ADBench inputs in $XGRAD_DATA/adbench");
    return {};
  }
  return folder;
}

/// Equal to 1e-10 of the largest entry of the reference.
void same(const Array& ours, const Array& reference, const char* what) {
  CAPTURE(what);
  REQUIRE(ours.size() == reference.size());
  double largest = 0, worst = 0;
  const double *a = ours.data<double>(), *b = reference.data<double>();
  for (std::int64_t i = 0; i < ours.size(); ++i) largest = std::max(largest, std::abs(b[i]));
  for (std::int64_t i = 0; i < ours.size(); ++i)
    worst = std::max(worst, std::isfinite(a[i]) ? std::abs(a[i] - b[i]) : INFINITY);
  CHECK(worst <= 1e-10 * largest);
}

}  // namespace

TEST_CASE("ADBench: Gaussian mixture") {
  const std::string folder = suite();
  if (folder.empty()) return;
  for (const char* name : {"test", "1k/gmm_d2_K5", "1k/gmm_d10_K5", "1k/gmm_d10_K10", "1k/gmm_d20_K10",
                           "1k/gmm_d2_K100", "1k/gmm_d32_K25", "1k/gmm_d64_K10", "1k/gmm_d64_K50"}) {
    CAPTURE(name);
    const adbench::Gmm problem(folder + "/gmm/" + name + ".txt");
    const auto reference = load_npz(folder + "/gmm/" + name + ".npz");
    for (const auto& [suffix, sign] : {std::pair{"_adbench", -1.0}, {"_gradbench", 1.0}}) {
      if (!reference.count(std::string("dmu") + suffix)) continue;
      Tape tape;
      auto scope = tape.scope();
      Var alpha = tape.variable(problem.alpha), mu = tape.variable(problem.mu), icf = tape.variable(problem.icf);
      Var objective = adbench::gmm_objective(problem, alpha, mu, icf, sign);
      const std::vector<Var> g = grad(objective, {alpha, mu, icf});
      same(objective.value(), reference.at(std::string("F") + suffix), "F");
      same(g[0].value(), reference.at(std::string("dalpha") + suffix), "dalpha");
      same(g[1].value(), reference.at(std::string("dmu") + suffix), "dmu");
      same(g[2].value(), reference.at(std::string("dicf") + suffix), "dicf");
    }
  }
}

TEST_CASE("ADBench: Gaussian mixture with a prior that the suite's files switch off") {
  const std::string folder = suite();
  if (folder.empty()) return;
  adbench::Gmm problem(folder + "/gmm/test.txt");
  problem.gamma = 1.3;
  problem.m = 2;
  gradcheck([&](Var alpha, Var mu, Var icf) { return adbench::gmm_objective(problem, alpha, mu, icf); },
            {problem.alpha, problem.mu, problem.icf}, {.order = 2});
}

TEST_CASE("ADBench: bundle adjustment") {
  const std::string folder = suite();
  if (folder.empty()) return;
  for (const char* name : {"test", "ba1_n49_m7776_p31843"}) {
    CAPTURE(name);
    const adbench::Ba problem(folder + "/ba/" + name + ".txt");
    const auto reference = load_npz(folder + "/ba/" + name + ".npz");
    Tape tape;
    auto scope = tape.scope();
    Var cameras = tape.variable(problem.cameras), points = tape.variable(problem.points),
        weights = tape.variable(problem.weights);
    const adbench::BaResiduals residuals = adbench::ba_residuals(problem, cameras, points, weights);
    if (reference.count("reproj_err")) same(residuals.reprojection.value(), reference.at("reproj_err"), "reprojection");
    if (reference.count("w_err")) same(residuals.weight.value(), reference.at("w_err"), "weight");
    Var objective = adbench::ba_objective(problem, cameras, points, weights);
    same(objective.value(), reference.at("half_sumsq"), "half sum of squares");
    const std::vector<Var> g = grad(objective, {cameras, points, weights}, {.retain = true});
    if (reference.count("dcams")) {
      same(g[0].value(), reference.at("dcams"), "dcams");
      same(g[1].value(), reference.at("dX"), "dX");
      same(g[2].value(), reference.at("dw"), "dw");
    }
    // One observation's block of the Jacobian: row by row.
    if (!reference.count("blocks") || problem.p > 100) continue;
    const Array& blocks = reference.at("blocks");  // [p, 2, 15]: camera 11, point 3, weight 1
    for (std::int64_t i = 0; i < problem.p; ++i) {
      for (std::int64_t row = 0; row < 2; ++row) {
        Array pick = zeros({problem.p, 2}, DType::float64);
        pick.mutable_data<double>()[2 * i + row] = 1;
        const std::vector<Var> j =
            grad(residuals.reprojection, {cameras, points, weights}, {.retain = true, .cotangent = pick});
        std::vector<double> block;
        for (std::int64_t c = 0; c < 11; ++c) block.push_back(j[0].value().data<double>()[i % problem.n * 11 + c]);
        for (std::int64_t c = 0; c < 3; ++c) block.push_back(j[1].value().data<double>()[i % problem.m * 3 + c]);
        block.push_back(j[2].value().data<double>()[i]);
        same(Array::from(std::span<const double>(block), {15}),
             Array::from(std::span<const double>(blocks.data<double>() + (2 * i + row) * 15, 15), {15}), "block");
      }
    }
  }
}

TEST_CASE("ADBench: bundle adjustment with cameras, points and weights that differ") {
  const std::string folder = suite();
  if (folder.empty()) return;
  adbench::Ba problem(folder + "/ba/test.txt");
  set_seed(5);
  problem.cameras = problem.cameras * (1 + 0.05 * random::normal(problem.cameras.shape(), 0, 1, DType::float64));
  problem.points = problem.points * (1 + 0.05 * random::normal(problem.points.shape(), 0, 1, DType::float64));
  problem.weights = problem.weights * (1 + 0.05 * random::normal(problem.weights.shape(), 0, 1, DType::float64));
  problem.features = zeros(problem.features.shape(), DType::float64);
  gradcheck([&](Var c, Var x, Var w) { return 1e-6 * adbench::ba_objective(problem, c, x, w); },
            {problem.cameras, problem.points, problem.weights});
}

TEST_CASE("ADBench: hand tracking") {
  const std::string folder = suite();
  if (folder.empty()) return;
  struct Case {
    const char *name, *model;
    bool complicated;
  };
  for (const Case& c : {Case{"test", "model_small", false},
                        {"hand_complicated", "model_small", true},
                        {"simple_small/hand1_t26_c100", "model_small", false},
                        {"simple_small/hand2_t26_c192", "model_small", false},
                        {"simple_small/hand5_t26_c800", "model_small", false},
                        {"complicated_small/hand1_t26_c100", "model_small", true},
                        {"complicated_small/hand2_t26_c192", "model_small", true},
                        {"complicated_small/hand5_t26_c800", "model_small", true},
                        {"complicated_big/hand1_t26_c100", "model_big", true},
                        {"complicated_big/hand5_t26_c800", "model_big", true}}) {
    CAPTURE(c.name);
    const adbench::HandModel model(folder + "/hand/" + c.model);
    const adbench::Hand problem(folder + "/hand/" + std::string(c.name) + ".txt", c.complicated);
    const auto reference = load_npz(folder + "/hand/" + std::string(c.name) + ".npz");
    Tape tape;
    auto scope = tape.scope();
    Var theta = tape.variable(problem.theta),
        us = tape.variable(c.complicated ? problem.us : zeros({1, 2}, DType::float64));
    Var residuals = adbench::hand_residuals(model, problem, theta, us);
    same(residuals.value(), reference.at("err"), "residuals");
    Var objective = adbench::hand_objective(model, problem, theta, us);
    same(objective.value(), reference.at("half_sumsq"), "half sum of squares");
    same(grad(objective, theta, {.retain = true}).value(), reference.at("dtheta"), "dtheta");
    if (c.complicated) same(grad(objective, us, {.retain = true}).value(), reference.at("dus"), "dus");
    if (reference.count("J_theta") && problem.n <= 200) {
      auto f = [&](Var t) { return adbench::hand_residuals(model, problem, t, problem.us); };
      same(jacobian(f, problem.theta), reference.at("J_theta"), "J_theta");
    }
  }
}

TEST_CASE("ADBench: LSTM") {
  const std::string folder = suite();
  if (folder.empty()) return;
  for (const char* name : {"lstm_l2_c1024", "lstm_l4_c1024", "lstm_l2_c4096", "lstm_l4_c4096"}) {
    CAPTURE(name);
    const adbench::Lstm problem(folder + "/lstm/" + name + ".txt");
    const auto reference = load_npz(folder + "/lstm/" + name + ".npz");
    Tape tape;
    auto scope = tape.scope();
    Var main = tape.variable(problem.main), extra = tape.variable(problem.extra);
    Var loss = adbench::lstm_objective(problem, main, extra);
    same(loss.value(), reference.at("loss"), "loss");
    const std::vector<Var> g = grad(loss, {main, extra});
    same(g[0].value(), reference.at("dmain"), "dmain");
    same(g[1].value(), reference.at("dextra"), "dextra");
  }
}
