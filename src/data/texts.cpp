#include "xgrad/data/texts.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "data/catalogue.hpp"
#include "data/files.hpp"
#include "data/random_state.hpp"
#include "data/rows.hpp"
#include "xgrad/io/npz.hpp"

namespace xgrad::datasets {

namespace {

/// Reviews, or newswires, as they stand in the file.
Texts read_texts(const char* data_set, const std::string& path, const std::string& x, const std::string& y, Loc loc) {
  IntLists lists = load_npz_lists(path, x, loc);
  Texts texts{Sequences(std::move(lists.values), std::move(lists.offsets), loc), load_npz(path, y, loc)};
  if (texts.y.dtype() != DType::int64 || texts.y.shape() != Shape{texts.x.size()})
    throw IoError(
        data_set,
        "needs one integer for each text in " + path + "; got " + signature(texts.x) + " and " + signature(texts.y),
        loc);
  return texts;
}

/// Keras's preparation, with the numbers that it is about checked and filled in.
template <class Options>
class Preparation {
 public:
  explicit Preparation(const Options& options) : o_(options) {}

  /// The texts that `maxlen` leaves, of those in `order`.
  std::vector<std::int64_t> kept(const Sequences& x, std::vector<std::int64_t> order) const {
    const std::int64_t longest = o_.maxlen.value_or(0);
    if (longest != 0)
      std::erase_if(order, [&](std::int64_t i) {
        return static_cast<std::int64_t>(x[i].size()) + o_.start_char.has_value() >= longest;
      });
    return order;
  }

  /// The largest number that stands in the texts once they are prepared.
  std::int64_t largest(const Sequences& x, std::span<const std::int64_t> rows) const {
    std::int64_t most = o_.start_char.value_or(0);
    for (std::int64_t i : rows)
      for (std::int64_t w : x[i]) most = std::max(most, raised(w));
    return most;
  }

  Texts apply(const Texts& from, std::span<const std::int64_t> rows, std::int64_t num_words, Loc loc) const {
    std::int64_t total = 0;
    for (std::int64_t i : rows) total += static_cast<std::int64_t>(from.x[i].size()) + o_.start_char.has_value();
    Array values = Array::empty({total}, DType::int64, loc);
    Array offsets = zeros({static_cast<std::int64_t>(rows.size()) + 1}, DType::int64);
    std::int64_t* const first = values.mutable_data<std::int64_t>();
    std::int64_t *to = first, *end = offsets.mutable_data<std::int64_t>();
    const std::int64_t low = o_.skip_top, oov = o_.oov_char.value_or(0);
    const bool leave_out = !o_.oov_char;
    const auto put = [&](std::int64_t w) {
      const bool keeps = low <= w && w < num_words;
      if (keeps || !leave_out) *to++ = keeps ? w : oov;
    };
    for (std::int64_t i : rows) {
      if (o_.start_char) put(*o_.start_char);
      for (std::int64_t w : from.x[i]) put(raised(w));
      *++end = to - first;
    }
    return {Sequences(values.rows(0, *end), std::move(offsets), loc), detail::gather_rows(from.y, rows)};
  }

 private:
  /// Unsigned, so that a file with numbers near the end of int64 overflows into a wrong number and nothing worse.
  std::int64_t raised(std::int64_t w) const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(w) + static_cast<std::uint64_t>(o_.index_from));
  }

  Options o_;
};

void need_some(const char* data_set, const Sequences& all, const std::vector<std::int64_t>& rows,
               std::optional<std::int64_t> maxlen, const std::string& path, Loc loc) {
  if (all.empty()) throw IoError(data_set, "needs texts in " + path + "; got none", loc);
  if (rows.empty())
    throw ArgError(data_set, "needs a maxlen that leaves a text; got " + std::to_string(maxlen.value_or(0)), loc);
}

}  // namespace

TextSplit imdb(const ImdbOptions& options, Loc loc) {
  const std::string path = detail::need_data("imdb", detail::keras_file("imdb.npz"), loc);
  // Unpacking takes most of the time: each half on a thread of its own.
  auto other = std::async(std::launch::async, [&] { return read_texts("imdb", path, "x_test", "y_test", loc); });
  const Texts train = read_texts("imdb", path, "x_train", "y_train", loc);
  const Texts test = other.get();

  detail::RandomState random(options.seed);  // one generator for both halves, one after the other
  const Preparation<ImdbOptions> preparation(options);
  const auto train_rows = preparation.kept(train.x, random.permutation(train.x.size()));
  const auto test_rows = preparation.kept(test.x, random.permutation(test.x.size()));
  need_some("imdb", train.x, train_rows, options.maxlen, path, loc);
  need_some("imdb", test.x, test_rows, options.maxlen, path, loc);
  std::int64_t num_words = options.num_words.value_or(0);
  if (num_words == 0)
    num_words = std::max(preparation.largest(train.x, train_rows), preparation.largest(test.x, test_rows));
  auto other_half = std::async(std::launch::async, [&] { return preparation.apply(test, test_rows, num_words, loc); });
  Texts half = preparation.apply(train, train_rows, num_words, loc);
  return {std::move(half), other_half.get()};
}

TextSplit reuters(const ReutersOptions& options, Loc loc) {
  detail::cut(0, options.test_split, "reuters", loc);  // refuses before anything is read
  const std::string path = detail::need_data("reuters", detail::keras_file("reuters.npz"), loc);
  const Texts all = read_texts("reuters", path, "x", "y", loc);
  const Preparation<ReutersOptions> preparation(options);
  const auto rows = preparation.kept(all.x, detail::RandomState(options.seed).permutation(all.x.size()));
  need_some("reuters", all.x, rows, options.maxlen, path, loc);
  std::int64_t num_words = options.num_words.value_or(0);
  if (num_words == 0) num_words = preparation.largest(all.x, rows);
  const auto n =
      static_cast<std::size_t>(detail::cut(static_cast<std::int64_t>(rows.size()), options.test_split, "reuters", loc));
  const std::span<const std::int64_t> order(rows);
  return {preparation.apply(all, order.first(n), num_words, loc),
          preparation.apply(all, order.subspan(n), num_words, loc)};
}

std::span<const std::string_view> reuters_label_names() {
  static constexpr std::string_view names[] = {
      "cocoa",     "grain",        "veg-oil", "earn",       "acq",      "wheat",    "copper",
      "housing",   "money-supply", "coffee",  "sugar",      "trade",    "reserves", "ship",
      "cotton",    "carcass",      "crude",   "nat-gas",    "cpi",      "money-fx", "interest",
      "gnp",       "meal-feed",    "alum",    "oilseed",    "gold",     "tin",      "strategic-metal",
      "livestock", "retail",       "ipi",     "iron-steel", "rubber",   "heat",     "jobs",
      "lei",       "bop",          "zinc",    "orange",     "pet-chem", "dlr",      "gas",
      "silver",    "wpi",          "hog",     "lead"};
  return names;
}

}  // namespace xgrad::datasets
