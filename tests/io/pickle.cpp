// Lists of integers in NumPy's object arrays: what NumPy wrote (tests/reference/make_pickles.py), what Python 2 wrote,
// and damage of every kind.

#include "io/pickle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "io/npy.hpp"
#include "support/reference.hpp"

using namespace xgrad;
using namespace std::string_literals;

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::span<const std::byte> bytes_of(const std::string& s) { return std::as_bytes(std::span(s)); }

IntLists npy_lists(const std::string& bytes) { return detail::parse_npy_lists(bytes_of(bytes), "a.npz:x", Loc{}); }

/// Of a bare stream.
IntLists lists(const std::string& stream) {
  const auto tree = detail::read_pickle(bytes_of(stream), "a stream", Loc{});
  return detail::pickled_lists(tree, tree.root, stream.size(), "a stream", Loc{});
}

std::vector<std::int64_t> vector(const Array& a) {
  const auto s = a.span<std::int64_t>();
  return {s.begin(), s.end()};
}

/// A stream of Python 2, protocol 2: an object array of `n` objects whose list is made by `content`.
std::string python2(const std::string& n, const std::string& content) {
  return "\x80\2cnumpy.core.multiarray\n_reconstruct\nq\1cnumpy\nndarray\nq\2K\0\x85U\1b\x87Rq\3(K\1"s + n +
         "\x85"
         "cnumpy\ndtype\nq\4U\2O8K\0K\1\x87Rq\5(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89"s +
         content + "tb."s;
}

void refuses(const std::string& stream, const char* got) {
  CAPTURE(got);
  CHECK_THROWS_WITH_AS(lists(stream), doctest::Contains(got), IoError);
  CHECK_THROWS_WITH_AS(lists(stream), doctest::Contains("a stream"), IoError);
}

}  // namespace

TEST_CASE("pickled lists: as NumPy writes them") {
  const reference::File file("pickles.txt");
  REQUIRE(file.cases().size() == 21);
  for (const reference::Case& c : file.cases()) {
    CAPTURE(c.name);
    const IntLists read = npy_lists(from_hex(c.text("hex")));
    std::vector<std::int64_t> expected;
    if (c.has("values")) {
      std::istringstream words(c.text("values"));
      for (std::int64_t v = 0; words >> v;) expected.push_back(v);
    }
    CHECK(vector(read.values) == expected);
    const std::vector<double>& offsets = c.out.at(0).data;
    CHECK(vector(read.offsets) == std::vector<std::int64_t>(offsets.begin(), offsets.end()));
  }
}

TEST_CASE("pickled lists: as Python 2 writes them") {
  const IntLists read = lists(python2("K\3"s,
                                      "]q\6(]q\7(K\1M\1\2J\1\0\0\0\x8a\2\xff\xff"
                                      "e]]K\5"
                                      "ae"s));
  CHECK(vector(read.values) == std::vector<std::int64_t>{1, 513, 1, -1, 5});
  CHECK(vector(read.offsets) == std::vector<std::int64_t>{0, 4, 4, 5});
}

TEST_CASE("a dictionary with bytes and integers") {
  // {'data': array([[1, 2], [3, 4]], dtype=uint8), 'labels': [6, 9]} as Python 2 pickles it.
  const std::string stream =
      "\x80\2}q\1(U\4dataq\2cnumpy.core.multiarray\n_reconstruct\nq\3cnumpy\nndarray\nq\4K\0\x85U\1b\x87Rq\5(K\1K\2K\2"
      "\x86"
      "cnumpy\ndtype\nq\6U\2u1K\0K\1\x87Rq\7(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89U\4\1\2\3\4tb"
      "U\6labels](K\6K\teu."s;
  const auto tree = detail::read_pickle(bytes_of(stream), "batch", Loc{});
  const Array data =
      detail::pickled_bytes(tree, detail::pickled_entry(tree, tree.root, "data", "batch", Loc{}), "batch", Loc{});
  CHECK(data.shape() == Shape{2, 2});
  CHECK(data.data<std::uint8_t>()[2] == 3);
  const auto labels =
      detail::pickled_integers(tree, detail::pickled_entry(tree, tree.root, "labels", "batch", Loc{}), "batch", Loc{});
  CHECK(std::vector(labels.begin(), labels.end()) == std::vector<std::int64_t>{6, 9});
  CHECK_THROWS_WITH_AS(detail::pickled_entry(tree, tree.root, "names", "batch", Loc{}),
                       doctest::Contains("needs an entry 'names' in batch; got data, labels"), IoError);
}

TEST_CASE("pickled lists: what is not lists of integers is refused") {
  CHECK_NOTHROW(lists(python2("K\1"s, "]](K\1K\2eee"s.substr(0, 8) + "a"s)));
  refuses(python2("K\1"s, "]Na"s), "None at 0");
  refuses(python2("K\2"s, "](]U\1aae"s.substr(0, 2) + "]]U\1aae"s), "a text at 1");
  refuses(python2("K\1"s,
                  "]]Na"
                  "a"s),
          "a list that holds None at 0");
  refuses(python2("K\1"s,
                  "]K\1"
                  "a"s),
          "integers that stand in no list");
  refuses(python2("K\2"s, "]]a"s), "got 1");
  refuses(python2("K\1"s, "U\1x"s), "an array of objects");
  refuses("\x80\2]."s, "a list");
  refuses("\x80\2K\1."s, "an integer");
  refuses("\x80\2cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R."s, "one without");
}

TEST_CASE("pickled lists: a stream cannot call what it names") {
  refuses("\x80\2cos\nsystem\nU\4trueq\1\x85R."s, "a reference to os.system");
  refuses("\x80\4\x8c\2os\x8c\6system\x93\x8c\4true\x85R."s, "a reference to os.system");
  refuses("\x80\2cnumpy.core.multiarray\nscalar\n."s, "numpy.core.multiarray.scalar");
  refuses("\x80\2cnumpy\nndarray\n)R."s, "one that does not");
  refuses("\x80\2(cnumpy\nndarray\no."s, "instruction 111");
}

TEST_CASE("pickled lists: damage") {
  refuses("", "breaks off");
  refuses("hello", "something else");
  refuses("\x80\1."s, "protocol 1");
  refuses("\x80\5."s, "protocol 5");
  refuses("\x80\2"s, "breaks off");
  refuses("\x80\2."s, "an operand on the stack");
  refuses("\x80\2N.N"s, "1 bytes more");
  refuses("\x80\2(N(."s, "an operand on the stack");
  refuses("\x80\2]e."s, "a mark");
  refuses("\x80\2(K\1e."s, "a list to append to");
  refuses("\x80\2](a."s, "an operand on the stack");
  refuses("\x80\2}(Nu."s, "keys and values");
  refuses("\x80\2Ns."s, "an operand on the stack");
  refuses("\x80\2h\1."s, "memo");
  refuses("\x80\2q\1."s, "an operand on the stack");
  refuses("\x80\2X\xff\xff\xff\xff."s, "breaks off");
  refuses("\x80\2\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s, "breaks off");
  refuses(
      "\x80\2\x8a\x9"
      "123456789."s,
      "of 9 bytes");
  refuses("\x80\2\x8b\xff\xff\xff\xff."s, "bytes");
  refuses("\x80\2I12x\n."s, "decimal");
  refuses(
      "\x80\2"
      "c"s +
          std::string(1000, 'x'),
      "a line ends");
  refuses("\x80\2K\1K\2R."s, "a function and its arguments");
  refuses("\x80\2K\1)b."s, "a dtype or an array");
}

TEST_CASE("pickled lists: a small stream cannot ask for much memory") {
  // A list of a thousand integers, named a million times: the memo makes it cheap to write down.
  std::string repeated = "]](";
  for (int i = 0; i < 1000; ++i) repeated += "K\7";
  repeated +=
      "eq\x9"
      "a(";
  for (int i = 0; i < 1000000; ++i) repeated += "h\x9";
  refuses(python2("J\x41\x42\x0f\0"s, repeated + "e"), "again and again");
  // A text that is encoded anew a hundred thousand times.
  std::string encoded = "\x80\2(c_codecs\nencode\nq\1X\0\0\1\0"s + std::string(65536, 'a') + "q\2U\6latin1q\3"s;
  for (int i = 0; i < 100000; ++i) encoded += "h\1h\2h\3\x86R"s;
  refuses(encoded + "t."s, "encoded");
  // Nothing but values, marks, lists.
  refuses("\x80\2"s + std::string(5000000, 'N'), "a stack of at most");
  refuses("\x80\2"s + std::string(20000000, '('), "objects");
  refuses(
      "\x80\2]"s +
          [] {
            std::string s;
            for (int i = 0; i < 17000000; ++i) s += "Na";
            return s;
          }(),
      "objects");
  refuses(python2("(J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7ft"s, "]"s), "one that does not");
  refuses(
      "\x80\2cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1("
      "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f"
      "J\xff\xff\xff\x7ft"
      "cnumpy\ndtype\nU\2O8\x85R\x89]tb."s,
      "fits memory");
  // A list that contains itself.
  refuses(python2("K\1"s,
                  "]q\x9h\x9"
                  "a"s),
          "a list that holds a list");
}

TEST_CASE("pickled lists: a stream cut anywhere, or with any byte changed, is refused or read, nothing else") {
  const reference::File file("pickles.txt");
  std::size_t refused = 0, read = 0;
  for (const char* name :
       {"ragged/protocol2", "ragged/protocol3", "ragged/protocol4", "widths/protocol2", "equal/protocol4"}) {
    const std::string whole = from_hex(file.at(name).text("hex"));
    for (std::size_t n = 0; n < whole.size(); ++n) CHECK_THROWS_AS(npy_lists(whole.substr(0, n)), IoError);
    const int step = name == std::string("ragged/protocol2") ? 1 : 23;  // all changes of one, some of the others
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (int change = 1; change < 256; change += step) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ change);
        try {
          const IntLists result = npy_lists(damaged);
          const std::vector<std::int64_t> offsets = vector(result.offsets);
          REQUIRE(!offsets.empty());
          REQUIRE(std::is_sorted(offsets.begin(), offsets.end()));
          REQUIRE(offsets.back() == result.values.size());
          ++read;
        } catch (const IoError&) {
          ++refused;
        }
      }
    }
  }
  CHECK(refused > read);
  CHECK(read > 0);  // a changed integer is an integer
}
