#pragma once
/// \file Arrays, Vars and their kin in {fmt}'s format strings: `fmt::print("{}\n", array)`. Include it where fmt is
/// used; the library itself does not need fmt.

#include <fmt/format.h>

#include "xgrad/core/csr.hpp"
#include "xgrad/tape/parameter.hpp"
#include "xgrad/tape/var.hpp"
#include "xgrad/view/describe.hpp"

namespace xgrad::detail {
template <class T>
struct TextFormatter : fmt::formatter<std::string> {
  template <class Context>
  auto format(const T& value, Context& context) const {
    using xgrad::to_string;
    if constexpr (requires { value.to_string(); }) {
      return fmt::formatter<std::string>::format(value.to_string(), context);
    } else {
      return fmt::formatter<std::string>::format(to_string(value), context);
    }
  }
};
}  // namespace xgrad::detail

template <>
struct fmt::formatter<xgrad::Array> : xgrad::detail::TextFormatter<xgrad::Array> {};
template <>
struct fmt::formatter<xgrad::Var> : xgrad::detail::TextFormatter<xgrad::Var> {};
template <>
struct fmt::formatter<xgrad::Parameter> : xgrad::detail::TextFormatter<xgrad::Parameter> {};
template <>
struct fmt::formatter<xgrad::Shape> : xgrad::detail::TextFormatter<xgrad::Shape> {};
template <>
struct fmt::formatter<xgrad::Description> : xgrad::detail::TextFormatter<xgrad::Description> {};
template <>
struct fmt::formatter<xgrad::Csr> : xgrad::detail::TextFormatter<xgrad::Csr> {};
