#include "io/pickle.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <unordered_map>

namespace xgrad::detail {

namespace {

using Tree = PickleTree;
using Value = Tree::Value;
using Kind = Tree::Kind;

// Bounds that no data set comes near: what a damaged stream may cost. Integers in lists are free: they take less than
// five times their own length.
constexpr std::size_t most_objects = std::size_t{1} << 24;
constexpr std::size_t deepest_stack = std::size_t{1} << 22;

enum class Global : std::int64_t { reconstruct, ndarray, dtype, encode };

/// The machine that a stream is a program for.
class Machine {
 public:
  Machine(std::span<const std::byte> stream, const std::string& name, Loc loc)
      : stream_(stream), name_(name), loc_(loc) {}

  Tree run() {
    if (stream_.size() > longest_pickle) refuse("a pickle stream of at most 1 GiB", std::to_string(stream_.size()));
    if (byte() != 0x80) refuse("a pickle stream of protocol 2, 3 or 4", "bytes of something else");
    const unsigned protocol = byte();
    if (protocol < 2 || protocol > 4)
      refuse("a pickle stream of protocol 2, 3 or 4", "protocol " + std::to_string(protocol));
    while (step(byte())) {
    }
    if (at_ != stream_.size()) refuse("nothing after the end of the pickle stream", rest(stream_.size() - at_));
    return std::move(tree_);
  }

 private:
  [[noreturn]] void refuse(const std::string& needs, const std::string& got) const {
    throw IoError("read_pickle", "needs " + needs + " in " + name_ + "; got " + got, loc_);
  }
  [[noreturn]] void misfit(const char* what) const {
    refuse(std::string("a pickle stream that fits together (") + what + ")",
           "one that does not, at byte " + std::to_string(at_));
  }
  static std::string rest(std::size_t n) { return std::to_string(n) + " bytes more"; }

  // --- the stream ---
  std::span<const std::byte> take(std::uint64_t n) {
    if (n > stream_.size() - at_) refuse("a whole pickle stream", "one that breaks off");
    const auto bytes = stream_.subspan(at_, n);
    at_ += n;
    return bytes;
  }
  unsigned byte() { return static_cast<unsigned>(take(1)[0]); }
  std::uint64_t little_endian(std::size_t n) {
    std::uint64_t v = 0;
    const auto bytes = take(n);
    for (std::size_t i = 0; i < n; ++i) v |= static_cast<std::uint64_t>(bytes[i]) << 8 * i;
    return v;
  }
  std::string_view characters(std::uint64_t n) {
    const auto bytes = take(n);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string_view line() {
    const char* begin = reinterpret_cast<const char*>(stream_.data()) + at_;
    const std::string_view all(begin, std::min<std::size_t>(stream_.size() - at_, 256));
    const auto end = all.find('\n');
    if (end == std::string_view::npos) misfit("a line ends");
    at_ += end + 1;
    return all.substr(0, end);
  }

  // --- the stack ---
  void push(Kind kind, std::int64_t number = 0) {
    if (stack_.size() == deepest_stack) refuse("a pickle stream with a stack of at most 4,194,304 values", "more");
    stack_.push_back({kind, number});
  }
  template <class T, class V>
  void push_new(Kind kind, std::vector<T>& table, V&& value) {
    spend(1);
    table.push_back(std::forward<V>(value));
    push(kind, static_cast<std::int64_t>(table.size()) - 1);
  }
  void spend(std::size_t objects) {
    objects_ += objects;
    if (objects_ > most_objects) refuse("a pickle stream of at most 16,777,216 objects", "more");
  }
  Value pop() {
    const Value v = top();
    stack_.pop_back();
    return v;
  }
  Value top() const {
    if (stack_.size() <= floor()) misfit("an operand on the stack");
    return stack_.back();
  }
  /// Nothing below the last mark may be taken without it.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  /// The values above the last mark; the caller cuts the stack down to them.
  std::span<const Value> above_mark() {
    if (marks_.empty()) misfit("a mark");
    const std::size_t from = marks_.back();
    marks_.pop_back();
    return std::span<const Value>(stack_).subspan(from);
  }
  void tuple_of(std::span<const Value> values) {
    std::vector<Value> tuple(values.begin(), values.end());
    stack_.resize(stack_.size() - values.size());
    spend(tuple.size());
    push_new(Kind::tuple, tree_.tuples, std::move(tuple));
  }
  void tuple_of_last(std::size_t n) {
    if (stack_.size() - floor() < n) misfit("an operand on the stack");
    tuple_of(std::span<const Value>(stack_).last(n));
  }
  void text(std::string_view characters) { push_new(Kind::text, tree_.texts, characters); }

  // --- what the opcodes do ---
  void append(std::span<const Value> values) {
    const std::size_t below = stack_.size() - values.size();
    if (below <= floor() || stack_[below - 1].kind != Kind::list) misfit("a list to append to");
    Tree::List& list = tree_.lists[static_cast<std::size_t>(stack_[below - 1].number)];
    const bool plain = list.items.empty() &&
                       std::all_of(values.begin(), values.end(), [](Value v) { return v.kind == Kind::integer; });
    if (plain) {
      for (const Value& v : values) list.integers.push_back(v.number);
    } else {
      spend(values.size() + list.integers.size());
      for (std::int64_t v : list.integers) list.items.push_back({Kind::integer, v});
      list.integers = {};
      list.items.insert(list.items.end(), values.begin(), values.end());
    }
    stack_.resize(below);
  }

  /// MARK, BININT…, APPENDS in one go, where that is what follows: nearly all of a data set of texts.
  bool integers_to_list() {
    if (stack_.size() <= floor() || stack_.back().kind != Kind::list) return false;
    Tree::List& list = tree_.lists[static_cast<std::size_t>(stack_.back().number)];
    if (!list.items.empty()) return false;
    const auto* const begin = reinterpret_cast<const unsigned char*>(stream_.data());
    const unsigned char *p = begin + at_, *const end = begin + stream_.size();
    numbers_.clear();
    for (;;) {
      if (end - p < 5) return false;  // the few at the very end go the usual way
      if (*p == 'K') {
        numbers_.push_back(p[1]);
        p += 2;
      } else if (*p == 'M') {
        numbers_.push_back(p[1] | p[2] << 8);
        p += 3;
      } else if (*p == 'J') {
        std::int32_t v;
        std::memcpy(&v, p + 1, 4);
        numbers_.push_back(v);
        p += 5;
      } else {
        break;
      }
    }
    if (*p != 'e') return false;
    list.integers.insert(list.integers.end(), numbers_.begin(), numbers_.end());
    at_ = static_cast<std::size_t>(p + 1 - begin);
    return true;
  }

  void set_items(std::span<const Value> values) {
    const std::size_t below = stack_.size() - values.size();
    if (below <= floor() || stack_[below - 1].kind != Kind::dict || values.size() % 2 != 0)
      misfit("keys and values for a dictionary");
    spend(values.size());
    auto& dict = tree_.dicts[static_cast<std::size_t>(stack_[below - 1].number)];
    for (std::size_t i = 0; i < values.size(); i += 2) dict.emplace_back(values[i], values[i + 1]);
    stack_.resize(below);
  }

  void global(std::string_view module, std::string_view member) {
    struct Known {
      std::string_view module, member;
      Global is;
    };
    static constexpr Known known[] = {{"numpy.core.multiarray", "_reconstruct", Global::reconstruct},
                                      {"numpy._core.multiarray", "_reconstruct", Global::reconstruct},
                                      {"numpy", "ndarray", Global::ndarray},
                                      {"numpy", "dtype", Global::dtype},
                                      {"_codecs", "encode", Global::encode}};
    for (const Known& k : known)
      if (k.module == module && k.member == member) return push(Kind::global, static_cast<std::int64_t>(k.is));
    refuse("numbers, texts, lists and NumPy arrays only",
           "a reference to " + std::string(module) + "." + std::string(member));
  }

  void reduce() {
    const Value arguments = pop(), function = pop();
    const std::vector<Value>* tuple = tree_.tuple(arguments);
    if (!tuple || function.kind != Kind::global) misfit("a function and its arguments");
    switch (static_cast<Global>(function.number)) {
      case Global::reconstruct:
        return push_new(Kind::array, tree_.arrays, Tree::NdArray{});
      case Global::dtype:
        if (tuple->empty() || !tree_.text((*tuple)[0])) misfit("a dtype's code");
        return push_new(Kind::type, tree_.types, Tree::Type{*tree_.text((*tuple)[0])});
      case Global::encode:
        if (tuple->size() != 2 || !tree_.text((*tuple)[0]) || !tree_.text((*tuple)[1]) ||
            *tree_.text((*tuple)[1]) != "latin1")
          misfit("a text to encode as latin1");
        return encode(*tree_.text((*tuple)[0]));
      case Global::ndarray:
        break;
    }
    misfit("a function that saved arrays need");
  }

  /// UTF-8 to one byte a character: how Python 3 writes bytes under protocol 2.
  void encode(std::string_view utf8) {
    encoded_ += utf8.size();
    if (encoded_ > stream_.size()) refuse("texts that are not encoded again and again", "such a stream");
    std::string bytes;
    bytes.reserve(utf8.size());
    for (std::size_t i = 0; i < utf8.size(); ++i) {
      unsigned c = static_cast<unsigned char>(utf8[i]);
      if (c >= 0x80) {
        if ((c != 0xc2 && c != 0xc3) || i + 1 == utf8.size()) misfit("characters of latin1");
        const unsigned next = static_cast<unsigned char>(utf8[++i]);
        if ((next & 0xc0) != 0x80) misfit("UTF-8");
        c = (c & 3) << 6 | (next & 0x3f);
      }
      bytes += static_cast<char>(c);
    }
    text(tree_.made.emplace_back(std::move(bytes)));
  }

  /// The state of a dtype or an array.
  void build() {
    const Value state = pop(), target = top();
    const std::vector<Value>* s = tree_.tuple(state);
    if (!s) misfit("a state to build from");
    if (target.kind == Kind::type) {
      if (s->size() < 2 || !tree_.text((*s)[1]) || tree_.text((*s)[1])->size() != 1) misfit("a dtype's byte order");
      tree_.types[static_cast<std::size_t>(target.number)].order = tree_.text((*s)[1])->front();
    } else if (target.kind == Kind::array) {
      if (s->size() != 5 || (*s)[2].kind != Kind::type || !tree_.tuple((*s)[1])) misfit("an array's state");
      Tree::NdArray a;
      a.built = true;
      for (Value extent : *tree_.tuple((*s)[1])) {
        if (extent.kind != Kind::integer || extent.number < 0 || a.shape.rank() == Shape::max_rank)
          misfit("an array's shape");
        a.shape.push_back(extent.number);
      }
      a.type = tree_.types[static_cast<std::size_t>((*s)[2].number)];
      const Value order = (*s)[3];
      if (order.kind != Kind::boolean && order.kind != Kind::integer) misfit("an array's order");
      a.fortran_order = order.number != 0;
      a.content = (*s)[4];
      tree_.arrays[static_cast<std::size_t>(target.number)] = std::move(a);
    } else {
      misfit("a dtype or an array to build");
    }
  }

  void memoize(std::uint64_t key) {
    spend(1);
    memo_[key] = top();
  }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) misfit("an entry of the memo");
    push(found->second.kind, found->second.number);
  }

  /// Two's complement of any length.
  void long_integer(std::uint64_t n) {
    if (n > 8) refuse("integers that int64 can hold", "one of " + std::to_string(n) + " bytes");
    std::uint64_t v = little_endian(n);
    if (n > 0 && n < 8 && v >> (8 * n - 1)) v |= ~std::uint64_t{0} << 8 * n;
    push(Kind::integer, static_cast<std::int64_t>(v));
  }
  void decimal(std::string_view digits) {
    if (digits == "00" || digits == "01") return push(Kind::boolean, digits == "01");
    std::int64_t v = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), v);
    if (error != std::errc{} || end != digits.data() + digits.size()) misfit("an integer in decimal");
    push(Kind::integer, v);
  }

  /// One instruction; false for the last.
  bool step(unsigned opcode) {
    // clang-format off
    switch (opcode) {
      case 'K': push(Kind::integer, byte()); break;                                                           // BININT1
      case 'M': push(Kind::integer, static_cast<std::int64_t>(little_endian(2))); break;                      // BININT2
      case 'J': push(Kind::integer, static_cast<std::int32_t>(little_endian(4))); break;                      // BININT
      case 'I': decimal(line()); break;                                                                       // INT
      case 0x8a: long_integer(byte()); break;                                                                 // LONG1
      case 0x8b: long_integer(little_endian(4)); break;                                                       // LONG4
      case 'G': push(Kind::real); take(8); break;                                                             // BINFLOAT
      case 'N': push(Kind::none); break;                                                                      // NONE
      case 0x88: push(Kind::boolean, 1); break;                                                               // NEWTRUE
      case 0x89: push(Kind::boolean, 0); break;                                                               // NEWFALSE
      case 'U': case 'C': case 0x8c: text(characters(byte())); break;        // SHORT_BINSTRING, -BINBYTES, -BINUNICODE
      case 'T': case 'B': case 'X': text(characters(little_endian(4))); break;           // BINSTRING, BINBYTES, BINUNICODE
      case 0x8d: case 0x8e: text(characters(little_endian(8))); break;                       // BINUNICODE8, BINBYTES8
      case '(': if (!integers_to_list()) { spend(1); marks_.push_back(stack_.size()); } break;                  // MARK
      case ']': push_new(Kind::list, tree_.lists, Tree::List{}); break;                                       // EMPTY_LIST
      case '}': push_new(Kind::dict, tree_.dicts, std::vector<std::pair<Value, Value>>{}); break;             // EMPTY_DICT
      case ')': tuple_of_last(0); break;                                                                      // EMPTY_TUPLE
      case 0x85: tuple_of_last(1); break;                                                                     // TUPLE1
      case 0x86: tuple_of_last(2); break;                                                                     // TUPLE2
      case 0x87: tuple_of_last(3); break;                                                                     // TUPLE3
      case 't': tuple_of(above_mark()); break;                                                                // TUPLE
      case 'a': top(); append(std::span<const Value>(stack_).last(1)); break;                                 // APPEND
      case 'e': append(above_mark()); break;                                                                  // APPENDS
      case 's': if (stack_.size() < 2) misfit("an operand on the stack");                                     // SETITEM
                set_items(std::span<const Value>(stack_).last(2)); break;
      case 'u': set_items(above_mark()); break;                                                               // SETITEMS
      case 'q': memoize(byte()); break;                                                                       // BINPUT
      case 'r': memoize(little_endian(4)); break;                                                             // LONG_BINPUT
      case 0x94: memoize(memo_.size()); break;                                                                // MEMOIZE
      case 'h': recall(byte()); break;                                                                        // BINGET
      case 'j': recall(little_endian(4)); break;                                                              // LONG_BINGET
      case 'c': { const auto module = line(); global(module, line()); break; }                                // GLOBAL
      case 0x93: stack_global(); break;                                                                       // STACK_GLOBAL
      case 'R': reduce(); break;                                                                              // REDUCE
      case 'b': build(); break;                                                                               // BUILD
      case 0x95: take(8); break;             // FRAME: a length for readers in pieces; the stream is here as a whole
      case '.': tree_.root = pop(); return false;                                                             // STOP
      default: refuse("the instructions of saved arrays and lists only",
                      "instruction " + std::to_string(opcode) + " at byte " + std::to_string(at_ - 1));
    }
    // clang-format on
    return true;
  }

  void stack_global() {
    const Value member = pop(), module = pop();
    if (!tree_.text(member) || !tree_.text(module)) misfit("the name of a global");
    global(*tree_.text(module), *tree_.text(member));
  }

  std::span<const std::byte> stream_;
  const std::string& name_;
  Loc loc_;
  std::size_t at_ = 0, objects_ = 0, encoded_ = 0;
  Tree tree_;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;
  std::vector<std::int64_t> numbers_;  // room for integers_to_list
  std::unordered_map<std::uint64_t, Value> memo_;
};

}  // namespace

PickleTree read_pickle(std::span<const std::byte> stream, const std::string& name, Loc loc) {
  return Machine(stream, name, loc).run();
}

}  // namespace xgrad::detail
