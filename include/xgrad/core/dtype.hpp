#pragma once
/// \file The element types of arrays, chosen at run time.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace xgrad {

/// The type of an array's elements. Only the two floating types carry a gradient.
enum class DType : std::uint8_t { float32, float64, int64, uint8, boolean };

/// True for float32 and float64, the types that a gradient flows through.
constexpr bool is_floating(DType d) noexcept { return d == DType::float32 || d == DType::float64; }

/// Bytes of one element.
constexpr std::size_t size_of(DType d) noexcept {
  switch (d) {
    case DType::float32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
    default:
      return 1;
  }
}

/// "float32", "float64", "int64", "uint8" or "bool".
constexpr const char* name_of(DType d) noexcept {
  switch (d) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int64:
      return "int64";
    case DType::uint8:
      return "uint8";
    default:
      return "bool";
  }
}

/// Any C++ number type that can stand where an operand is expected.
template <class T>
concept Number = std::is_arithmetic_v<T>;

/// The C++ types that arrays store.
template <class T>
concept Element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::uint8_t> || std::same_as<T, bool>;

/// The DType that stores a C++ type: its own for an Element; int64 for every other integer.
template <Number T>
constexpr DType dtype_of() noexcept {
  if constexpr (std::same_as<T, float>) {
    return DType::float32;
  } else if constexpr (std::is_floating_point_v<T>) {
    return DType::float64;
  } else if constexpr (std::same_as<T, bool>) {
    return DType::boolean;
  } else if constexpr (std::same_as<T, std::uint8_t>) {
    return DType::uint8;
  } else {
    return DType::int64;
  }
}

/// Calls `f.template operator()<T>()` with the C++ type of `d`.
template <class F>
decltype(auto) visit_dtype(DType d, F&& f) {
  switch (d) {
    case DType::float32:
      return f.template operator()<float>();
    case DType::float64:
      return f.template operator()<double>();
    case DType::int64:
      return f.template operator()<std::int64_t>();
    case DType::uint8:
      return f.template operator()<std::uint8_t>();
    default:
      return f.template operator()<bool>();
  }
}

}  // namespace xgrad
