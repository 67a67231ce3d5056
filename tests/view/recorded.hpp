#pragma once
// Recordings of graphs, read back.

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "xgrad/xgrad.hpp"

using Json = xgrad::detail::Json;

inline Json parsed(std::string_view text) {
  return xgrad::detail::parse_json(text, [](const std::string& needs, const std::string& got) {
    throw std::runtime_error("JSON: needs " + needs + "; got " + got);
  });
}

inline Json& at(Json& j, std::string_view name) {
  Json* found = j.find(name);
  if (!found) throw std::runtime_error("no member '" + std::string(name) + "'");
  return *found;
}

inline double number(const Json& j) {
  if (j.kind == Json::Kind::integer) return static_cast<double>(j.integer);
  if (j.kind == Json::Kind::real) return j.real;
  if (j.kind != Json::Kind::text) throw std::runtime_error("no number");
  if (j.text == "nan") return NAN;
  if (j.text == "inf") return INFINITY;
  if (j.text == "-inf") return -INFINITY;
  throw std::runtime_error("no number: " + j.text);
}
inline std::size_t index_of(const Json& j) { return static_cast<std::size_t>(j.integer); }

inline std::vector<double> numbers(const Json& list) {
  std::vector<double> all;
  for (const Json& j : list.items) all.push_back(number(j));
  return all;
}
inline std::vector<double> elements(const xgrad::Array& a) {
  std::vector<double> all;
  xgrad::visit_dtype(a.dtype(), [&]<class T>() {
    for (std::int64_t i = 0; i < a.size(); ++i) all.push_back(static_cast<double>(static_cast<const T*>(a.raw())[i]));
  });
  return all;
}
/// The numbers of an ArrayView, each read back to the bits that it had.
inline std::vector<double> values_in(Json& view) {
  const bool single = at(view, "dtype").text == "float32";
  std::vector<double> all = numbers(at(view, "values"));
  for (double& v : all)
    if (single) v = static_cast<float>(v);
  return all;
}
inline bool same(Json& view, const xgrad::Array& a) {
  CHECK(numbers(at(view, "shape")) == std::vector<double>(a.shape().begin(), a.shape().end()));
  CHECK(at(view, "dtype").text == xgrad::name_of(a.dtype()));
  const std::vector<double> got = values_in(view), expected = elements(a);
  CHECK(got == expected);
  return got == expected;
}
inline std::vector<double> sum_of(const std::vector<double>& a, const std::vector<double>& b, bool single) {
  std::vector<double> c;
  for (std::size_t i = 0; i < a.size(); ++i)
    c.push_back(single ? static_cast<double>(static_cast<float>(a[i]) + static_cast<float>(b[i])) : a[i] + b[i]);
  return c;
}
