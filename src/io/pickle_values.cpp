// What loaders ask of a pickled value.

#include <algorithm>
#include <cstring>

#include "io/pickle.hpp"

namespace xgrad::detail {

namespace {

using Tree = PickleTree;
using Kind = Tree::Kind;

[[noreturn]] void unfit(const std::string& needs, const std::string& got, const std::string& name, Loc loc) {
  throw IoError("read_pickle", "needs " + needs + " in " + name + "; got " + got, loc);
}

const char* word(Kind kind) {
  static constexpr const char* words[] = {"None",    "a boolean",    "an integer", "a float", "a text",  "a list",
                                          "a tuple", "a dictionary", "a function", "a dtype", "an array"};
  return words[static_cast<std::size_t>(kind)];
}

const Tree::NdArray& array_of(const Tree& tree, Tree::Value value, const std::string& name, Loc loc) {
  const Tree::NdArray* a = tree.array(value);
  if (!a) unfit("an array", word(value.kind), name, loc);
  if (!a->built) unfit("an array with its elements", "one without", name, loc);
  std::int64_t size = 1;
  for (std::int64_t extent : a->shape)
    if (__builtin_mul_overflow(size, extent, &size)) unfit("a size that fits memory", a->shape.to_string(), name, loc);
  return *a;
}

}  // namespace

IntLists pickled_lists(const Tree& tree, Tree::Value value, std::size_t stream_length, const std::string& name,
                       Loc loc) {
  const Tree::NdArray& a = array_of(tree, value, name, loc);
  const Tree::List* content = tree.list(a.content);
  if (!a.type.code.starts_with('O') || !content)
    unfit("an array of objects", "elements of type '" + std::string(a.type.code) + "'", name, loc);
  if (static_cast<std::int64_t>(content->size()) != a.shape.size())
    unfit(std::to_string(a.shape.size()) + " objects for shape " + a.shape.to_string(), std::to_string(content->size()),
          name, loc);

  if (a.shape.rank() == 2 && content->items.empty() && !a.fortran_order) {
    // Lists that happened to be equally long: NumPy made a matrix of them.
    IntLists lists{Array::from(std::span(std::as_const(content->integers)), {a.shape.size()}, loc),
                   Array::empty({a.shape[0] + 1}, DType::int64, loc)};
    std::int64_t* offsets = lists.offsets.mutable_data<std::int64_t>();
    for (std::int64_t i = 0; i <= a.shape[0]; ++i) offsets[i] = i * a.shape[1];
    return lists;
  }
  if (a.shape.rank() != 1) unfit("an array of lists, with one axis", "shape " + a.shape.to_string(), name, loc);
  if (!content->integers.empty()) unfit("lists of integers", "integers that stand in no list", name, loc);

  std::size_t total = 0;
  for (std::size_t i = 0; i < content->items.size(); ++i) {
    const Tree::List* list = tree.list(content->items[i]);
    if (!list)
      unfit("lists of integers", std::string(word(content->items[i].kind)) + " at " + std::to_string(i), name, loc);
    if (!list->items.empty()) {
      const auto other =
          std::find_if(list->items.begin(), list->items.end(), [](Tree::Value v) { return v.kind != Kind::integer; });
      unfit("lists of integers",
            "a list that holds " + std::string(other == list->items.end() ? "something else" : word(other->kind)) +
                " at " + std::to_string(i),
            name, loc);
    }
    total += list->integers.size();
    // A stream may name one list many times; an integer that it spells out takes two bytes.
    if (total > stream_length)
      unfit("lists that stand once each", "a list that is repeated again and again", name, loc);
  }
  IntLists lists{Array::empty({static_cast<std::int64_t>(total)}, DType::int64, loc),
                 Array::empty({a.shape[0] + 1}, DType::int64, loc)};
  std::int64_t* values = lists.values.mutable_data<std::int64_t>();
  std::int64_t* offsets = lists.offsets.mutable_data<std::int64_t>();
  std::int64_t end = offsets[0] = 0;
  for (std::size_t i = 0; i < content->items.size(); ++i) {
    const std::vector<std::int64_t>& list = tree.list(content->items[i])->integers;
    std::copy(list.begin(), list.end(), values + end);
    offsets[i + 1] = end += static_cast<std::int64_t>(list.size());
  }
  return lists;
}

Array pickled_bytes(const Tree& tree, Tree::Value value, const std::string& name, Loc loc) {
  const Tree::NdArray& a = array_of(tree, value, name, loc);
  const std::string_view* content = tree.text(a.content);
  if ((a.type.code != "u1" && a.type.code != "uint8") || !content)
    unfit("an array of uint8", "elements of type '" + std::string(a.type.code) + "'", name, loc);
  if (static_cast<std::int64_t>(content->size()) != a.shape.size())
    unfit(std::to_string(a.shape.size()) + " bytes for shape " + a.shape.to_string(), std::to_string(content->size()),
          name, loc);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(content->data());
  if (!a.fortran_order || a.shape.rank() < 2) return Array::from(std::span(bytes, content->size()), a.shape, loc);
  if (a.shape.rank() != 2) unfit("an array in C order", "Fortran order", name, loc);
  Array c_order = Array::empty(a.shape, DType::uint8, loc);
  std::uint8_t* to = c_order.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0; i < a.shape[0]; ++i)
    for (std::int64_t j = 0; j < a.shape[1]; ++j) to[i * a.shape[1] + j] = bytes[j * a.shape[0] + i];
  return c_order;
}

Tree::Value pickled_entry(const Tree& tree, Tree::Value dict, std::string_view key, const std::string& name, Loc loc) {
  if (dict.kind != Kind::dict) unfit("a dictionary", word(dict.kind), name, loc);
  std::string keys;
  for (const auto& [k, v] : tree.dicts[static_cast<std::size_t>(dict.number)]) {
    const std::string_view* text = tree.text(k);
    if (text && *text == key) return v;
    if (text && keys.size() < 200) keys += (keys.empty() ? "" : ", ") + std::string(text->substr(0, 40));
  }
  unfit("an entry '" + std::string(key) + "'", keys.empty() ? "no entries" : keys, name, loc);
}

std::span<const std::int64_t> pickled_integers(const Tree& tree, Tree::Value list, const std::string& name, Loc loc) {
  const Tree::List* l = tree.list(list);
  if (!l || !l->items.empty())
    unfit("a list of integers", l ? "a list with something else in it" : word(list.kind), name, loc);
  return l->integers;
}

}  // namespace xgrad::detail
