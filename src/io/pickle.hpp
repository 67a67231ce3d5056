#pragma once
// What NumPy and Python put into pickle streams when they save data: lists, dictionaries, numbers, texts, arrays;
// protocols 2 to 4. The format: Lib/pickletools.py of Python.
//
// A pickle is a program that may name any function to call. This reader calls nothing: it knows the four names that
// saved arrays need, and refuses every other. It is also safe against damage: a stream costs memory in proportion to
// its length at most, up to a fixed bound, and no stream makes it recurse.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xgrad/io/npz.hpp"

namespace xgrad::detail {

/// The value that a stream describes, as tables of what stands in it; a Value is a number or a place in one of them.
struct PickleTree {
  enum class Kind : std::uint8_t { none, boolean, integer, real, text, list, tuple, dict, global, type, array };
  struct Value {
    Kind kind = Kind::none;
    std::int64_t number = 0;  ///< the integer or boolean itself, else the place in the table
  };
  /// As long as there are only integers they stand in `integers`; else all items stand in `items`.
  struct List {
    std::vector<std::int64_t> integers;
    std::vector<Value> items;
    std::size_t size() const { return integers.size() + items.size(); }
  };
  /// numpy.dtype('u1'), and its byte order.
  struct Type {
    std::string_view code;
    char order = '|';
  };
  /// numpy.ndarray; `built` once its state is known.
  struct NdArray {
    bool built = false, fortran_order = false;
    Shape shape;
    Type type;
    Value content;  ///< a text (the bytes) or, for objects, a list
  };

  Value root;
  std::vector<std::string_view> texts;  ///< bytes as well; they point into the stream or to `made`
  std::deque<std::string> made;         ///< texts that the stream describes otherwise than by themselves
  std::vector<List> lists;
  std::vector<std::vector<Value>> tuples;
  std::vector<std::vector<std::pair<Value, Value>>> dicts;
  std::vector<NdArray> arrays;
  std::vector<Type> types;

  const std::string_view* text(Value v) const { return v.kind == Kind::text ? &texts[at(v)] : nullptr; }
  const List* list(Value v) const { return v.kind == Kind::list ? &lists[at(v)] : nullptr; }
  const std::vector<Value>* tuple(Value v) const { return v.kind == Kind::tuple ? &tuples[at(v)] : nullptr; }
  const NdArray* array(Value v) const { return v.kind == Kind::array ? &arrays[at(v)] : nullptr; }

 private:
  static std::size_t at(Value v) { return static_cast<std::size_t>(v.number); }
};

/// The longest stream that is read: 1 GiB.
constexpr std::size_t longest_pickle = std::size_t{1} << 30;

/// Reads a whole stream, which must outlive the tree. `name` is for errors. @throws IoError
PickleTree read_pickle(std::span<const std::byte> stream, const std::string& name, Loc loc);

/// An object array whose objects are lists of integers. @throws IoError
IntLists pickled_lists(const PickleTree& tree, PickleTree::Value value, std::size_t stream_length,
                       const std::string& name, Loc loc);
/// An array of bytes. @throws IoError
Array pickled_bytes(const PickleTree& tree, PickleTree::Value value, const std::string& name, Loc loc);
/// What a dictionary with keys of text has under `key`. @throws IoError
PickleTree::Value pickled_entry(const PickleTree& tree, PickleTree::Value dict, std::string_view key,
                                const std::string& name, Loc loc);
/// The integers of a list. @throws IoError
std::span<const std::int64_t> pickled_integers(const PickleTree& tree, PickleTree::Value list, const std::string& name,
                                               Loc loc);

}  // namespace xgrad::detail
