#pragma once
// What each instruction set provides for optimizer.hpp.

#include <cstdint>

namespace xgrad::kernels {

/// The rules with their numbers in the parameter's own type.
template <class T>
struct OptimizerTable {
  void (*sgd)(std::int64_t n, T* w, const T* g, T* m, T lr, T mu, bool nesterov);
  void (*rmsprop)(std::int64_t n, T* w, const T* g, T* v, T* m, T* a, T lr, T rho, T rest, T mu, T epsilon);
  void (*adam)(std::int64_t n, T* w, const T* g, T* m, T* v, T* largest, T alpha, T rest_1, T rest_2, T epsilon);
};

}  // namespace xgrad::kernels
