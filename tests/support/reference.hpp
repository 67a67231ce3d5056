#pragma once

// Reads the golden values of tests/reference/*.txt. Knows nothing of the library: shapes, numbers and words only.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reference {

/// One array of a case: `float64`, `int64`, `bool` or `uint8`, row-major, every value held as a double.
struct Values {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::vector<double> data;

  bool is_float() const { return dtype == "float64"; }
};

/// One record of a file; the format is described at the top of tests/reference/ops.txt.
struct Case {
  std::string name;                               ///< as in the file, `op/variant`
  std::map<std::string, std::string> attributes;  ///< key to everything that follows it
  std::vector<Values> in, out, grad, grad2;       ///< gradients: one per float64 input, in the order of the inputs

  std::string op() const { return name.substr(0, name.find('/')); }
  bool has(const std::string& key) const { return attributes.count(key) > 0; }

  /// The attribute as it stands. @throws std::runtime_error naming the case where there is none, as do the next two.
  const std::string& text(const std::string& key) const;
  double number(const std::string& key) const;
  std::vector<std::int64_t> integers(const std::string& key) const;

  double number(const std::string& key, double otherwise) const { return has(key) ? number(key) : otherwise; }
  bool flag(const std::string& key) const { return number(key, 0) != 0; }
  std::int64_t integer(const std::string& key) const { return integers(key).at(0); }

  /// The input of that name. @throws std::runtime_error where there is none.
  const Values& input(const std::string& key) const;
};

/// A whole file of tests/reference, for example File("ops.txt").
class File {
 public:
  /// @throws std::runtime_error where the file cannot be read, a line is malformed or a name stands twice.
  explicit File(const std::string& file_name);

  const std::vector<Case>& cases() const { return cases_; }

  /// The case of that name. @throws std::runtime_error where there is none, so that a renamed case fails its test.
  const Case& at(const std::string& name) const;

 private:
  std::string path_;
  std::vector<Case> cases_;
};

/// The path of a file in tests/reference.
std::string path(const std::string& file_name);

/// A number by its key in a file of `key value...` lines, such as mnist.txt. @throws std::runtime_error.
double figure(const std::string& file_name, const std::string& key);

/// weight[k] of the file's L and S.
constexpr double weight(std::int64_t k) { return static_cast<double>((5 * k + 3) % 13 - 6) / 4 + 0.125; }

}  // namespace reference
