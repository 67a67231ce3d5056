#pragma once
// What the tests of losses share.

#include <string>
#include <vector>

#include "support/numeric.hpp"
#include "xgrad/xgrad.hpp"

inline xgrad::Array f64(std::vector<double> values, xgrad::Shape shape) {
  return xgrad::Array::from(std::span<const double>(values), shape);
}
inline std::vector<double> numbers(const xgrad::Var& v) { return numeric::to_dense(v.value()).data; }

/// What the error of class E says; another text where there is none, or another.
template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another error: ") + e.what();
  }
  return "no error";
}
inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
