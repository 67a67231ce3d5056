#pragma once

// How each op of ops.txt is called: from its name to a function of the case's attributes and inputs.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/reference.hpp"
#include "xgrad/xgrad.hpp"

namespace golden {

using xgrad::Array;
using xgrad::Shape;
using xgrad::Var;

/// Inputs of the case in order: variables where they are float64, constants otherwise.
using Inputs = std::vector<Var>;
using Call = std::function<std::vector<Var>(const reference::Case&, const Inputs&)>;
using Table = std::map<std::string, Call>;

// One function a family, each in a file of its own; each adds its rows.
void add_elementwise(Table& table);
void add_binary(Table& table);
void add_reduce(Table& table);
void add_shaping(Table& table);
void add_linalg(Table& table);
void add_nn(Table& table);
void add_sequence(Table& table);

inline Shape shape_of(const std::vector<std::int64_t>& extents) { return Shape(std::span(extents)); }
inline std::vector<int> axes_of(const reference::Case& c, const std::string& key) {
  std::vector<std::int64_t> axes = c.integers(key);
  return {axes.begin(), axes.end()};
}
inline int axis_of(const reference::Case& c) { return static_cast<int>(c.integer("axis")); }

}  // namespace golden
