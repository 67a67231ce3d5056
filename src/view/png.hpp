#pragma once
// Small pictures inside of a page.

#include <cstdint>
#include <string>
#include <vector>

namespace xgrad::view {

/// A picture, row by row, of one (grey) or three (red, green, blue) bytes a point.
struct Pixels {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> bytes = {};
};

/// The picture as a PNG file, not compressed.
std::string png(const Pixels& pixels);
/// As the address of an <img>: "data:image/png;base64,…".
std::string picture_address(const Pixels& pixels);

}  // namespace xgrad::view
