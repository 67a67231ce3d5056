#include <sstream>

#include "ops_table.hpp"

namespace golden {
namespace {

using namespace xgrad;
using reference::Case;
using Results = std::vector<Var>;

/// `1:3`, `::-1` or `2`, as in Python.
SliceIndex to_index(const std::string& text) {
  if (text.find(':') == std::string::npos) return SliceIndex(std::stoll(text));
  Slice slice;
  std::istringstream parts(text);
  std::string part;
  for (int i = 0; std::getline(parts, part, ':'); ++i) {
    if (part.empty()) continue;
    if (i == 0) slice.start = std::stoll(part);
    if (i == 1) slice.stop = std::stoll(part);
    if (i == 2) slice.step = std::stoll(part);
  }
  return slice;
}

Var slice_by(const Var& x, const std::string& text) {
  std::istringstream words(text);
  std::vector<SliceIndex> i;
  for (std::string word; words >> word;) i.push_back(to_index(word));
  return slice(x, i);
}

void add_moves(Table& table) {
  table["reshape"] = [](const Case& c, const Inputs& x) -> Results {
    return {reshape(x[0], shape_of(c.integers("shape")))};
  };
  table["transpose"] = [](const Case& c, const Inputs& x) -> Results {
    return {c.has("axes") ? transpose(x[0], axes_of(c, "axes")) : transpose(x[0])};
  };
  table["swapaxes"] = [](const Case& c, const Inputs& x) -> Results {
    return {swapaxes(x[0], static_cast<int>(c.integer("axis1")), static_cast<int>(c.integer("axis2")))};
  };
  table["moveaxis"] = [](const Case& c, const Inputs& x) -> Results {
    return {moveaxis(x[0], static_cast<int>(c.integer("source")), static_cast<int>(c.integer("destination")))};
  };
  table["expand_dims"] = [](const Case& c, const Inputs& x) -> Results { return {expand_dims(x[0], axis_of(c))}; };
  table["squeeze"] = [](const Case& c, const Inputs& x) -> Results {
    return {c.has("axes") ? squeeze(x[0], axes_of(c, "axes")) : squeeze(x[0])};
  };
  table["broadcast_to"] = [](const Case& c, const Inputs& x) -> Results {
    return {broadcast_to(x[0], shape_of(c.integers("shape")))};
  };
  table["flip"] = [](const Case& c, const Inputs& x) -> Results { return {flip(x[0], axes_of(c, "axes"))}; };
  table["roll"] = [](const Case& c, const Inputs& x) -> Results {
    return {roll(x[0], c.integer("shift"), axis_of(c))};
  };
  table["tile"] = [](const Case& c, const Inputs& x) -> Results { return {tile(x[0], c.integers("repeats"))}; };
  table["repeat"] = [](const Case& c, const Inputs& x) -> Results {
    return {repeat(x[0], c.integer("count"), axis_of(c))};
  };
  table["pad"] = [](const Case& c, const Inputs& x) -> Results {
    return {pad(x[0], c.integers("before"), c.integers("after"), c.number("value", 0))};
  };
}

void add_joins(Table& table) {
  table["concat"] = [](const Case& c, const Inputs& x) -> Results { return {concat(x, axis_of(c))}; };
  table["stack"] = [](const Case& c, const Inputs& x) -> Results { return {stack(x, axis_of(c))}; };
  table["split"] = [](const Case& c, const Inputs& x) -> Results {
    if (c.has("extents")) return split(x[0], c.integers("extents"), axis_of(c));
    return split(x[0], c.integer("parts"), axis_of(c));
  };
  table["slice"] = [](const Case& c, const Inputs& x) -> Results { return {slice_by(x[0], c.text("slices"))}; };
}

void add_indices(Table& table) {
  table["take"] = [](const Case& c, const Inputs& x) -> Results { return {take(x[0], x[1], axis_of(c))}; };
  table["gather"] = [](const Case&, const Inputs& x) -> Results { return {gather(x[0], x[1])}; };
  table["take_along_axis"] = [](const Case& c, const Inputs& x) -> Results {
    return {take_along_axis(x[0], x[1], axis_of(c))};
  };
  table["scatter_add"] = [](const Case& c, const Inputs& x) -> Results {
    return {scatter_add(x[0], x[1], x[2], axis_of(c))};
  };
  table["index_update"] = [](const Case&, const Inputs& x) -> Results { return {index_update(x[0], x[1], x[2])}; };
  table["one_hot"] = [](const Case& c, const Inputs& x) -> Results {
    return {one_hot(x[0], c.integer("depth"), DType::float64)};
  };
  table["diag"] = [](const Case& c, const Inputs& x) -> Results { return {diag(x[0], c.integer("offset"))}; };
  table["tril"] = [](const Case& c, const Inputs& x) -> Results { return {tril(x[0], c.integer("offset"))}; };
  table["triu"] = [](const Case& c, const Inputs& x) -> Results { return {triu(x[0], c.integer("offset"))}; };
  table["trace"] = [](const Case&, const Inputs& x) -> Results { return {trace(x[0])}; };
}

}  // namespace

void add_shaping(Table& table) {
  add_moves(table);
  add_joins(table);
  add_indices(table);
}

}  // namespace golden
