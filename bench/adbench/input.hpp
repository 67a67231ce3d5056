#pragma once
// Reading ADBench's text files: numbers separated by blanks or colons.

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "xgrad/xgrad.hpp"

namespace adbench {

using xgrad::Array;
using xgrad::Shape;

/// The numbers of a file, one after the other.
class Numbers {
 public:
  explicit Numbers(const std::string& path) : path_(path) {
    std::ifstream file(path);
    if (!file) throw xgrad::IoError("adbench", "needs a file that can be read; got " + path, xgrad::Loc::current());
    text_.assign(std::istreambuf_iterator<char>(file), {});
    for (char& c : text_)
      if (c == ':') c = ' ';
    at_ = text_.c_str();
  }
  double next() {
    char* end = nullptr;
    const double value = std::strtod(at_, &end);
    if (end == at_)
      throw xgrad::IoError("adbench", "needs one more number in " + path_ + "; got its end", xgrad::Loc::current());
    at_ = end;
    return value;
  }
  std::int64_t integer() { return static_cast<std::int64_t>(next()); }
  Array array(const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(shape.size()));
    for (double& v : values) v = next();
    return Array::from(std::span<const double>(values), shape);
  }
  /// Skips a word that is no number (a bone's name).
  void skip_word() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
    while (*at_ && *at_ != ' ' && *at_ != '\n') ++at_;
  }
  bool done() const {
    const char* p = at_;
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
    return *p == 0;
  }

 private:
  std::string path_, text_;
  const char* at_;
};

inline Array indices(const std::vector<std::int64_t>& values) {
  return Array::from(std::span<const std::int64_t>(values), {static_cast<std::int64_t>(values.size())});
}

}  // namespace adbench
