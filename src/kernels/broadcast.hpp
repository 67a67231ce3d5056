#pragma once
// Elementwise functions of operands whose shapes differ by NumPy's rules; nothing is materialised. All arrays are
// contiguous and row-major, shapes have at most 8 dimensions and must be compatible (the op layer checks).

#include <cstdint>
#include <span>

#include "kernels/elementwise.hpp"

namespace xgrad::kernels {

using Extents = std::span<const std::int64_t>;

/// How up to three operands are walked to fill an output: the output's shape with adjacent dimensions merged wherever
/// every operand allows it, and each operand's stride there (0 where it is repeated). Making one allocates nothing.
struct BroadcastPlan {
  static constexpr int max_rank = 8;
  static constexpr int max_operands = 3;
  int rank = 0;           // 0: a single element
  std::int64_t size = 0;  // elements of the output
  std::int64_t shape[max_rank] = {};
  std::int64_t stride[max_operands][max_rank] = {};

  /// From the shapes of the operands; extent 0 against 1 gives 0.
  static BroadcastPlan make(std::span<const Extents> operands);
  /// The same towards a given output shape, which the operands' shapes must fit.
  static BroadcastPlan make(Extents output, std::span<const Extents> operands);
};

/// y = f(a, b) of the common shape. y may be an operand that has that shape. T as `binary`.
template <class T>
void binary_broadcast(Binary f, Extents a_shape, Extents b_shape, const T* a, const T* b, T* y);
/// T as `compare`.
template <class T>
void compare_broadcast(Compare f, Extents a_shape, Extents b_shape, const T* a, const T* b, std::uint8_t* y);
void logical_broadcast(Logical f, Extents a_shape, Extents b_shape, const std::uint8_t* a, const std::uint8_t* b,
                       std::uint8_t* y);
/// y = c ? a : b. T as `where`.
template <class T>
void where_broadcast(Extents c_shape, Extents a_shape, Extents b_shape, const std::uint8_t* c, const T* a, const T* b,
                     T* y);
/// y, of shape `to`, repeats x, of shape `from`. T: float, double, int64_t, uint8_t.
template <class T>
void broadcast_copy(Extents from, Extents to, const T* x, T* y);

}  // namespace xgrad::kernels
