#pragma once
// What each instruction set provides for recurrent.hpp: one step of n rows.

#include "kernels/recurrent.hpp"

namespace xgrad::kernels {

template <class T>
struct RecurrentTable {
  using I64 = std::int64_t;
  /// gates [n, 4 units] hold the products; they become i, f, g, o.
  void (*lstm_step)(I64 n, I64 units, const T* bias, const bool* mask, const T* h_before, const T* c_before, T* gates,
                    T* h, T* c);
  /// dh, dc: in, the cotangents from later steps; out, dc for the step before, and dh where the mask has kept the state
  /// (elsewhere 0: the product with dz is to come).
  void (*lstm_step_vjp)(I64 n, I64 units, const bool* mask, const T* c_before, const T* c, const T* gates, const T* gh,
                        const T* gc, T* dz, T* dh, T* dc);
  /// from_x [n, 3 units] and from_h [n, 3 units]: the products.
  void (*gru_step)(I64 n, I64 units, const T* bias, const bool* mask, const T* h_before, const T* from_x,
                   const T* from_h, T* gates, T* h);
  /// dh: in, from later steps; out, what reaches the state before, but for the product with dr.
  void (*gru_step_vjp)(I64 n, I64 units, const bool* mask, const T* h_before, const T* gates, const T* gh, T* dx, T* dr,
                       T* dh);
};

}  // namespace xgrad::kernels
