#pragma once
// The user's own lines, with what stands around them.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "view/json_writer.hpp"
#include "xgrad/core/location.hpp"

namespace xgrad::view {

/// Where a file is that a compiler has called so: builds name files from their own folder, in which the program need
/// not run. Empty where it is not found.
std::string find_source(const std::string& name);

/// Places in files, each once, in the order in which they were asked for.
class Sources {
 public:
  static constexpr int surroundings = 3;  // lines above and below
  static constexpr std::size_t longest_line = 400, largest_file = std::size_t{8} << 20;

  /// The number of a place; −1 for an unknown one.
  int place(Loc loc);
  /// A list of `Source` as viewer/src/recording.ts has it. Files that are not there, or are none, have no lines.
  void write(JsonWriter& to);

 private:
  const std::vector<std::string>& lines_of(const std::string& file);
  std::vector<Loc> places_;
  std::map<std::pair<std::string, unsigned>, int> numbers_;
  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace xgrad::view
