#pragma once
// Pieces of HTML and SVG.

#include <cstdint>
#include <string>
#include <string_view>

namespace xgrad::view {

/// Bytes of the UTF-8 character at the beginning of a text that is not empty; 0 where there is none.
std::size_t character_at(std::string_view text) noexcept;

/// A text as a page shows it, in elements and in attributes, whatever it holds: markup and quotes as entities, control
/// characters as spaces, U+FFFD for what is not UTF-8.
std::string escaped(std::string_view text);

/// At most so many characters, the last of them "…" where there were more; of UTF-8, which stays whole.
std::string shortened(std::string_view text, std::size_t most);

/// With so many significant digits at most: "0.1234", "1.5e-07", "nan".
std::string brief(double value, int digits = 4);
/// Thousands apart: "407,050".
std::string grouped(std::int64_t value);
/// "37 %", "0.4 %", with a blank that does not break; "100 %" is all of it
std::string percent(double share);
/// Where something stands in a drawing: a tenth of a unit at best.
std::string place(double value);

}  // namespace xgrad::view
