#include "kernels/optimizer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "xgrad/core/threads.hpp"

using namespace xgrad;

namespace {

using I64 = std::int64_t;

template <class T>
std::vector<T> wave(I64 n, double frequency, double size) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (I64 i = 0; i < n; ++i) {
    x[static_cast<std::size_t>(i)] = static_cast<T>(size * std::sin(frequency * static_cast<double>(i + 1)));
  }
  return x;
}

/// What a rule keeps for one number, in double precision.
struct Numbers {
  double w, m = 0, v = 0, a = 0;
};

void sgd_by_hand(Numbers& x, double g, const kernels::SgdRule& r) {
  if (r.momentum == 0) {
    x.w -= r.learning_rate * g;
    return;
  }
  x.m = r.momentum * x.m - r.learning_rate * g;
  x.w += r.nesterov ? r.momentum * x.m - r.learning_rate * g : x.m;
}

void rmsprop_by_hand(Numbers& x, double g, const kernels::RmspropRule& r, bool centered) {
  x.v = r.rho * x.v + (1 - r.rho) * g * g;
  double d = x.v + r.epsilon;
  if (centered) {
    x.a = r.rho * x.a + (1 - r.rho) * g;
    d = x.v - x.a * x.a + r.epsilon;
  }
  const double move = r.learning_rate * g / std::sqrt(d);
  x.m = r.momentum * x.m + move;
  x.w -= r.momentum > 0 ? x.m : move;
}

void adam_by_hand(Numbers& x, double g, const kernels::AdamRule& r, bool amsgrad) {
  x.m += (g - x.m) * (1 - r.beta_1);
  x.v += (g * g - x.v) * (1 - r.beta_2);
  x.a = std::max(x.a, x.v);
  const double t = static_cast<double>(r.step);
  const double alpha = r.learning_rate * std::sqrt(1 - std::pow(r.beta_2, t)) / (1 - std::pow(r.beta_1, t));
  x.w -= x.m * alpha / (std::sqrt(amsgrad ? x.a : x.v) + r.epsilon);
}

/// Runs `step(t, w, g, slots…)` and the rule by hand for five steps and compares every w.
template <class T, class Step, class Hand>
void compare(Step step, Hand hand) {
  for (I64 n : {1, 2, 7, 8, 15, 16, 17, 33, 67, 70001}) {
    auto w = wave<T>(n, 0.7, 2);
    std::vector<T> m(w.size()), v(w.size()), a(w.size());
    std::vector<Numbers> want;
    for (T x : w) want.push_back({static_cast<double>(x)});
    for (int t = 1; t <= 5; ++t) {
      const auto g = wave<T>(n, 1.3 * t, t == 3 ? 1e-4 : 0.5);
      step(t, n, w.data(), g.data(), m.data(), v.data(), a.data());
      for (std::size_t i = 0; i < w.size(); ++i) hand(t, want[i], static_cast<double>(g[i]));
    }
    double worst = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double off = std::abs(static_cast<double>(w[i]) - want[i].w) / std::max(1.0, std::abs(want[i].w));
      worst = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(worst, off);
    }
    INFO("n ", n, ", worst ", worst);
    CHECK(worst < 40 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  }
}

}  // namespace

TEST_CASE_TEMPLATE("SGD's fused pass is its rule", T, float, double) {
  for (double momentum : {0.0, 0.9}) {
    for (bool nesterov : {false, true}) {
      const kernels::SgdRule rule{0.05, momentum, nesterov};
      compare<T>(
          [&](int, I64 n, T* w, const T* g, T* m, T*, T*) { kernels::sgd(n, w, g, momentum == 0 ? nullptr : m, rule); },
          [&](int, Numbers& x, double g) { sgd_by_hand(x, g, rule); });
    }
  }
}

TEST_CASE_TEMPLATE("RMSprop's fused pass is its rule", T, float, double) {
  for (double momentum : {0.0, 0.9}) {
    for (bool centered : {false, true}) {
      // With epsilon at 1e-7 the centered difference v - a² cancels, and floats say little about the rule.
      const kernels::RmspropRule rule{0.01, 0.9, momentum, centered ? 0.1 : 1e-7};
      compare<T>([&](int, I64 n, T* w, const T* g, T* m, T* v,
                     T* a) { kernels::rmsprop(n, w, g, v, momentum > 0 ? m : nullptr, centered ? a : nullptr, rule); },
                 [&](int, Numbers& x, double g) { rmsprop_by_hand(x, g, rule, centered); });
    }
  }
}

TEST_CASE_TEMPLATE("Adam's fused pass is its rule", T, float, double) {
  for (bool amsgrad : {false, true}) {
    const auto rule = [](int t) { return kernels::AdamRule{0.01, 0.9, 0.9, 1e-7, t}; };
    compare<T>([&](int t, I64 n, T* w, const T* g, T* m, T* v,
                   T* a) { kernels::adam(n, w, g, m, v, amsgrad ? a : nullptr, rule(t)); },
               [&](int t, Numbers& x, double g) { adam_by_hand(x, g, rule(t), amsgrad); });
  }
}

TEST_CASE("published values: five steps from w = 1, -2, 0.5 with gradients t (0.1, -0.2, 0.3)") {
  // What Keras 3 gives in float32, to the digits printed.
  const auto run = [](auto step) {
    std::array<float, 3> w{1, -2, 0.5f}, m{}, v{};
    for (int t = 1; t <= 5; ++t) {
      const auto f = static_cast<float>(t);
      const std::array<float, 3> g{0.1f * f, -0.2f * f, 0.3f * f};
      step(w.data(), g.data(), m.data(), v.data());
    }
    return w;
  };
  const auto near = [](std::array<float, 3> got, std::array<double, 3> want) {
    for (std::size_t i = 0; i < 3; ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-6));
  };
  near(run([](float* w, const float* g, float*, float*) {
         kernels::sgd(3, w, g, static_cast<float*>(nullptr), {.learning_rate = 0.01});
       }),
       {0.985, -1.97, 0.455});
  near(run([](float* w, const float* g, float* m, float*) {
         kernels::sgd(3, w, g, m, {.learning_rate = 0.01, .momentum = 0.9});
       }),
       {0.9682969, -1.9365939, 0.4048907});
  near(run([](float* w, const float* g, float* m, float*) {
         kernels::sgd(3, w, g, m, {.learning_rate = 0.01, .momentum = 0.9, .nesterov = true});
       }),
       {0.9564672, -1.9129344, 0.3694016});
  near(run([](float* w, const float* g, float*, float* v) {
         kernels::rmsprop<float>(3, w, g, v, nullptr, nullptr, {.learning_rate = 0.001, .rho = 0.9, .epsilon = 1e-7});
       }),
       {0.9867724, -1.9867722, 0.4867722});
}

TEST_CASE_TEMPLATE("the fused passes do not depend on the number of threads", T, float, double) {
  const int before = num_threads();
  const I64 n = 200003;
  const auto g = wave<T>(n, 1.1, 1);
  const auto run = [&](int threads) {
    set_num_threads(threads);
    auto w = wave<T>(n, 0.3, 1);
    std::vector<T> m(w.size()), v(w.size()), a(w.size());
    kernels::sgd(n, w.data(), g.data(), m.data(), {.learning_rate = 0.01, .momentum = 0.9});
    kernels::rmsprop(n, w.data(), g.data(), v.data(), m.data(), a.data(),
                     {.learning_rate = 0.01, .rho = 0.9, .momentum = 0.5, .epsilon = 1e-7});
    kernels::adam(n, w.data(), g.data(), m.data(), v.data(), a.data(),
                  {.learning_rate = 0.01, .beta_1 = 0.9, .beta_2 = 0.99, .epsilon = 1e-7, .step = 3});
    kernels::adamax(n, w.data(), g.data(), m.data(), v.data(), {0.01, 0.9, 0.99, 1e-7, 3});
    kernels::nadam(n, w.data(), g.data(), m.data(), v.data(), {0.01, 0.9, 0.1, 2, 0.9, 0.99, 1e-7});
    kernels::adagrad(n, w.data(), g.data(), v.data(), {0.01, 1e-7});
    kernels::adadelta(n, w.data(), g.data(), v.data(), a.data(), {0.01, 0.9, 1e-7});
    kernels::lion(n, w.data(), g.data(), m.data(), {0.01, 0.9, 0.99, {.scale = 0.5, .limit = 0.3, .decay = 0.1}});
    kernels::accumulate(n, m.data(), g.data());
    kernels::average(n, a.data(), w.data(), 0.9, true);
    w.push_back(static_cast<T>(kernels::sum_squares(n, m.data())));
    return w;
  };
  const auto one = run(1);
  CHECK(run(2) == one);
  CHECK(run(3) == one);
  set_num_threads(before);
}

TEST_CASE_TEMPLATE("what comes before a rule is part of its pass", T, float, double) {
  const kernels::Adjustment adjust{.scale = 0.5, .limit = 0.1, .decay = 0.01};
  const kernels::SgdRule rule{.learning_rate = 0.05, .momentum = 0.9, .adjust = adjust};
  compare<T>([&](int, I64 n, T* w, const T* g, T* m, T*, T*) { kernels::sgd(n, w, g, m, rule); },
             [&](int, Numbers& x, double g) {
               x.w -= 0.01 * x.w;
               sgd_by_hand(x, std::clamp(0.5 * g, -0.1, 0.1), rule);
             });
}

TEST_CASE_TEMPLATE("a sum of squares, of any length, also where the squares leave the type", T, float, double) {
  for (I64 n : {0, 1, 15, 16, 17, 63, 65, 1023, 1024, 5000, 70001, 2000003}) {
    const auto x = wave<T>(n, 0.37, 3);
    double want = 0;
    for (T value : x) want += static_cast<double>(value) * static_cast<double>(value);
    CAPTURE(n);
    CHECK(std::abs(kernels::sum_squares(n, x.data()) - want) <= 1e-7 * want);
  }
  const std::vector<T> large(40, std::is_same_v<T, float> ? T(1e30) : T(1e150));
  CHECK(kernels::sum_squares(40, large.data()) ==
        doctest::Approx(40 * static_cast<double>(large[0]) * static_cast<double>(large[0])));
}

TEST_CASE_TEMPLATE("amsgrad keeps a NaN", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> w(20, T(1)), g(20, T(1)), m(20), v(20), largest(20, T(0));
  g[3] = nan;
  kernels::adam(20, w.data(), g.data(), m.data(), v.data(), largest.data(), {0.1, 0.9, 0.99, 1e-7, 1});
  CHECK(std::isnan(largest[3]));
  CHECK(std::isnan(w[3]));
  g[3] = 1;
  v[3] = 1;
  kernels::adam(20, w.data(), g.data(), m.data(), v.data(), largest.data(), {0.1, 0.9, 0.99, 1e-7, 2});
  CHECK(std::isnan(largest[3]));
  CHECK(std::count_if(w.begin(), w.end(), [](T x) { return std::isnan(x); }) == 1);
}
