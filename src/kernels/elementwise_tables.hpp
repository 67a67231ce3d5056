#pragma once
// What each instruction set provides for elementwise.hpp, as tables of functions.

#include "kernels/elementwise.hpp"
#include "kernels/isa.hpp"

namespace xgrad::kernels {

template <class T>
using UnaryFn = void (*)(std::int64_t n, const T* x, T* y);
template <class T>
using UnaryPFn = void (*)(std::int64_t n, const T* x, T alpha, T* y);

template <class T>
struct UnaryTable {
  UnaryFn<T> unary[static_cast<int>(Unary::count)];
  UnaryPFn<T> unary_p[static_cast<int>(UnaryP::count)];
};

template <class T>
using VjpFn = void (*)(std::int64_t n, const T* g, const T* x, const T* y, T* dx, bool add);

template <class T>
using VjpPFn = void (*)(std::int64_t n, const T* g, const T* x, T alpha, T* dx, bool add);

template <class T>
struct VjpTable {
  VjpFn<T> vjp[static_cast<int>(Unary::count)];  // null where there is none
  VjpReads reads[static_cast<int>(Unary::count)];
  VjpPFn<T> vjp_p[static_cast<int>(UnaryP::count)];
  void (*multiply_add)(std::int64_t n, const T* a, const T* b, T* y);
};

template <class T>
using BinaryFn = void (*)(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y);
template <class T>
using BinaryRowsFn = void (*)(std::int64_t rows, std::int64_t n, const T* a, std::int64_t step_a, std::int64_t sa,
                              const T* b, std::int64_t step_b, std::int64_t sb, T* y);
template <class T>
using CompareFn = void (*)(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, std::uint8_t* y);

template <class T>
struct BinaryTable {
  BinaryFn<T> binary[static_cast<int>(Binary::count)];  // null where T has none
  // The same for each of `rows` rows, whose operands lie step_a and step_b apart; null for the costly ones, where
  // calling `binary` for each row is as good.
  BinaryRowsFn<T> rows[static_cast<int>(Binary::count)];
  void (*clip)(std::int64_t n, const T* x, T lo, T hi, T* y);
  void (*axpy)(std::int64_t n, T alpha, const T* x, T* y);
  void (*scale)(std::int64_t n, T alpha, const T* x, T* y);
};

template <class T>
struct MaskTable {
  CompareFn<T> compare[static_cast<int>(Compare::count)];
  void (*where)(std::int64_t n, const std::uint8_t* c, std::int64_t sc, const T* a, std::int64_t sa, const T* b,
                std::int64_t sb, T* y);
  void (*classify[static_cast<int>(Classify::count)])(std::int64_t n, const T* x, std::uint8_t* y);  // null: integers
  void (*fill)(std::int64_t n, T value, T* y);
  void (*repeat)(std::int64_t m, std::int64_t n, const T* x, T* y);  // each of m values n times
  void (*to_float)(std::int64_t n, const T* x, float* y);
  void (*to_double)(std::int64_t n, const T* x, double* y);
  void (*to_int64)(std::int64_t n, const T* x, std::int64_t* y);
  void (*to_uint8)(std::int64_t n, const T* x, std::uint8_t* y);
  void (*to_bool)(std::int64_t n, const T* x, std::uint8_t* y);
};

struct LogicalTable {
  CompareFn<std::uint8_t> logical[static_cast<int>(Logical::count)];
  UnaryFn<std::uint8_t> logical_not;
};

}  // namespace xgrad::kernels
