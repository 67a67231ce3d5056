#pragma once
// The header of a safetensors file: a JSON object of one fixed form.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "xgrad/core/location.hpp"
#include "xgrad/core/shape.hpp"

namespace xgrad::detail {

/// Element types that are read; more are written by others.
enum class TensorType { f32, f64, i64, u8, boolean, f16, bf16 };

struct TensorEntry {
  std::string name;
  TensorType type = TensorType::f32;
  Shape shape = {};
  std::uint64_t begin = 0, end = 0;  // bytes after the header
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors = {};
  std::map<std::string, std::string> metadata = {};
};

/// Longer headers are refused, as the format's own library does.
constexpr std::uint64_t max_header = 100'000'000;

/// Reads and checks a header: shapes agree with byte ranges, and these cover `data_bytes` without overlap or gap.
/// @param path for errors @throws IoError
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes, const std::string& path,
                                           Loc loc);
/// The header as it is written, padded with blanks so that the data after it begin at a multiple of 8.
std::string safetensors_header(const SafetensorsHeader& header);

}  // namespace xgrad::detail
