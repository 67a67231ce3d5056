#pragma once
// Numbers as text that reads back to the same bits.

#include <charconv>
#include <string>

namespace xgrad::detail {

/// The shortest text of a number: "2", "0.1", "1e-07", "inf", "-inf", "nan".
inline std::string number_text(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

}  // namespace xgrad::detail
