#pragma once
// What the tests of files share: small arrays, and the words of an error.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>

#include "xgrad/io/named_arrays.hpp"

namespace files {

using namespace xgrad;

template <class T>
Array made(std::initializer_list<T> values, const Shape& shape) {
  Array a = Array::empty(shape, dtype_of<T>());
  std::copy(values.begin(), values.end(), a.mutable_data<T>());
  return a;
}

inline bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}

/// As make_weights.py has them.
inline NamedArrays simple() {
  return {{"dense/bias", made<float>({0.5f, -1, 2}, {3})}, {"dense/kernel", made<float>({0, 1, 2, 3, 4, 5}, {2, 3})}};
}

/// The message, without the line that says where.
template <class E = IoError, class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const E& e) {
    const std::string text = e.what();
    return text.substr(0, text.find("\n  at "));
  }
  return "nothing thrown";
}

}  // namespace files
