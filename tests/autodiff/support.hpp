#pragma once
// What the engine's tests share. No xtensor here: it costs seconds a file.

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "xgrad/autodiff/backward.hpp"
#include "xgrad/autodiff/checkpoint.hpp"
#include "xgrad/autodiff/explain.hpp"
#include "xgrad/autodiff/functional.hpp"
#include "xgrad/autodiff/gradcheck.hpp"
#include "xgrad/autodiff/stepper.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/custom.hpp"
#include "xgrad/ops/dense.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"
#include "xgrad/tape/tape.hpp"

namespace engine {

using namespace xgrad;

inline Array f64(std::vector<double> values, Shape shape) {
  return Array::from(std::span<const double>(values), shape);
}
inline Array f64(std::vector<double> values) { return f64(values, {static_cast<std::int64_t>(values.size())}); }
inline Array number(double x) { return f64({x}, {}); }
inline double at(const Array& a, std::int64_t i = 0) { return a.span<double>()[static_cast<std::size_t>(i)]; }
inline double at(const Var& v, std::int64_t i = 0) { return at(v.value(), i); }

/// Largest difference of two arrays of one shape.
inline double difference(const Array& a, const Array& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(at(a, i) - at(b, i)));
  return worst;
}
inline bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::equal(static_cast<const char*>(a.raw()), static_cast<const char*>(a.raw()) + a.bytes(),
                    static_cast<const char*>(b.raw()));
}

/// The message of what `f` throws, if it throws an E; a note of what it did instead otherwise.
template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another class: ") + e.what();
  }
  return "nothing thrown";
}
inline bool contains(const std::string& text, const std::string& piece) {
  const bool found = text.find(piece) != std::string::npos;
  if (!found) MESSAGE("no \"" << piece << "\" in: " << text);
  return found;
}

}  // namespace engine
