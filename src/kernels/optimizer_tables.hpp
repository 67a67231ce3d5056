#pragma once
// What each instruction set provides for optimizer.hpp.

#include <cstdint>

namespace xgrad::kernels {

/// Adjustment with its numbers in the parameter's own type.
template <class T>
struct Adjusted {
  T scale, limit, decay;
};

/// The rules with their numbers in the parameter's own type.
template <class T>
struct OptimizerTable {
  using I64 = std::int64_t;
  using A = const Adjusted<T>&;

  void (*sgd)(I64 n, T* w, const T* g, T* m, T lr, T mu, bool nesterov, A);
  void (*rmsprop)(I64 n, T* w, const T* g, T* v, T* m, T* a, T lr, T rho, T rest, T mu, T epsilon, A);
  void (*adam)(I64 n, T* w, const T* g, T* m, T* v, T* largest, T alpha, T rest_1, T rest_2, T epsilon, A);
  void (*adamax)(I64 n, T* w, const T* g, T* m, T* u, T alpha, T rest_1, T beta_2, T epsilon, A);
  /// w -= (for_mean m + for_gradient g) / (sqrt(for_square v) + epsilon)
  void (*nadam)(I64 n, T* w, const T* g, T* m, T* v, T for_mean, T for_gradient, T for_square, T rest_1, T rest_2,
                T epsilon, A);
  void (*adagrad)(I64 n, T* w, const T* g, T* sum, T lr, T epsilon, A);
  void (*adadelta)(I64 n, T* w, const T* g, T* squares, T* moves, T lr, T rho, T rest, T epsilon, A);
  void (*lion)(I64 n, T* w, const T* g, T* m, T lr, T beta_1, T rest_1, T beta_2, T rest_2, A);
  void (*accumulate)(I64 n, T* sum, const T* g);
  void (*average)(I64 n, T* average, T* w, T momentum, T rest, bool overwrite);
  double (*sum_squares)(I64 n, const T* x);
};

}  // namespace xgrad::kernels
