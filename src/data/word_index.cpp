#include <unordered_map>

#include "data/catalogue.hpp"
#include "data/files.hpp"
#include "data/json.hpp"
#include "io/file_bytes.hpp"
#include "xgrad/data/texts.hpp"

namespace xgrad {

struct WordIndex::Tables {
  std::vector<std::pair<std::string, std::int64_t>> entries;
  // Of views into the entries, which do not move any more.
  std::unordered_map<std::string_view, std::int64_t> ranks;
  std::unordered_map<std::int64_t, std::string_view> words;
};

WordIndex::WordIndex(std::vector<std::pair<std::string, std::int64_t>> ranks, Loc loc) {
  auto tables = std::make_shared<Tables>();
  tables->entries = std::move(ranks);
  tables->ranks.reserve(tables->entries.size());
  tables->words.reserve(tables->entries.size());
  for (const auto& [word, rank] : tables->entries) {
    if (!tables->ranks.emplace(word, rank).second)
      throw ArgError("WordIndex", "needs each word once; got '" + word + "' twice", loc);
    if (!tables->words.emplace(rank, word).second)
      throw ArgError("WordIndex", "needs each rank once; got " + std::to_string(rank) + " twice", loc);
  }
  tables_ = std::move(tables);
}

std::int64_t WordIndex::size() const noexcept { return static_cast<std::int64_t>(tables_->entries.size()); }

std::optional<std::int64_t> WordIndex::rank(std::string_view word) const {
  const auto found = tables_->ranks.find(word);
  return found == tables_->ranks.end() ? std::nullopt : std::optional(found->second);
}

std::string_view WordIndex::word(std::int64_t rank) const {
  const auto found = tables_->words.find(rank);
  return found == tables_->words.end() ? std::string_view() : found->second;
}

std::string WordIndex::decode(std::span<const std::int64_t> text, std::int64_t index_from,
                              std::string_view unknown) const {
  std::string words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::int64_t rank = 0;
    const auto found =
        __builtin_sub_overflow(text[i], index_from, &rank) ? tables_->words.end() : tables_->words.find(rank);
    if (i > 0) words += ' ';
    words += found == tables_->words.end() ? unknown : found->second;
  }
  return words;
}

namespace datasets {

namespace {
WordIndex read_word_index(const char* data_set, const std::string& file, Loc loc) {
  const std::string path = detail::need_data(data_set, detail::keras_file(file), loc);
  const std::vector<std::byte> bytes = detail::file_bytes(path, data_set, loc);
  const std::string_view json(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    return WordIndex(detail::parse_integers(json, path, loc), loc);
  } catch (const ArgError& twice) {
    throw IoError(data_set, "needs words and ranks that stand once each in " + path + "; got " + twice.what(), loc);
  }
}
}  // namespace

WordIndex imdb_word_index(Loc loc) { return read_word_index("imdb_word_index", "imdb_word_index.json", loc); }
WordIndex reuters_word_index(Loc loc) { return read_word_index("reuters_word_index", "reuters_word_index.json", loc); }

}  // namespace datasets

}  // namespace xgrad
