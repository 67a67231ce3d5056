#pragma once
// What each instruction set provides for softmax.hpp: the same functions, on some of the rows.

#include "kernels/softmax.hpp"

namespace xgrad::kernels {

template <class T>
struct SoftmaxTable {
  using I64 = std::int64_t;
  void (*softmax)(I64 m, I64 n, const T* x, T* y);
  void (*log_softmax)(I64 m, I64 n, const T* x, T* y);
  void (*sparsemax)(I64 m, I64 n, const T* x, T* y);
  void (*softmax_vjp)(I64 m, I64 n, const T* g, const T* y, T* dx, bool add);
  void (*log_softmax_vjp)(I64 m, I64 n, const T* g, const T* y, T* dx, bool add);
  void (*label_loss)(I64 m, I64 n, const T* x, const I64* labels, T* loss);
  void (*label_vjp)(I64 m, I64 n, const T* g, const T* x, const I64* labels, T* dx, bool add);
  void (*target_loss)(I64 m, I64 n, const T* x, const T* targets, T* loss);
  void (*target_vjp)(I64 m, I64 n, const T* g, const T* x, const T* targets, T* dx, bool add);
};

}  // namespace xgrad::kernels
