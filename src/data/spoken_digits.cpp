#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>
#include <vector>

#include "data/files.hpp"
#include "xgrad/data/audio.hpp"
#include "xgrad/data/recordings.hpp"
#include "xgrad/io/npz.hpp"

namespace xgrad::datasets {

namespace {

constexpr const char* op = "spoken_digits";
constexpr std::int64_t rate = 8000, test_takes = 5;

/// Recordings as they are gathered.
struct Gathered {
  std::vector<float> samples;
  std::vector<std::int64_t> offsets{0}, digits, speakers, takes;

  void add(const float* begin, const float* end, std::int64_t digit, std::int64_t speaker, std::int64_t take) {
    samples.insert(samples.end(), begin, end);
    offsets.push_back(static_cast<std::int64_t>(samples.size()));
    digits.push_back(digit);
    speakers.push_back(speaker);
    takes.push_back(take);
  }
  DigitRecordings done() const {
    const auto ints = [](const std::vector<std::int64_t>& v) {
      return Array::from<std::int64_t>(v, {static_cast<std::int64_t>(v.size())});
    };
    return {Array::from<float>(samples, {static_cast<std::int64_t>(samples.size())}), ints(offsets), ints(digits),
            ints(speakers), ints(takes)};
  }
};

/// A recording's name: 7_jackson_32.wav.
struct Name {
  std::int64_t digit;
  std::string speaker;
  std::int64_t take;
  std::string path;
  auto order() const { return std::tie(digit, speaker, take); }
};

std::vector<Name> names_in(const std::string& folder) {
  std::vector<Name> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string file = entry.path().filename().string();
    const std::size_t first = file.find('_'), last = file.rfind('_'),
                      end = file.size() - std::min<std::size_t>(4, file.size());
    if (first != 1 || last <= first + 1 || file.compare(end, 4, ".wav") != 0) continue;
    const std::string take = file.substr(last + 1, end - last - 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!is_digit(file[0]) || take.empty() || take.size() > 6 || !std::all_of(take.begin(), take.end(), is_digit))
      continue;
    names.push_back({file[0] - '0', file.substr(first + 1, last - first - 1), std::stoll(take), entry.path().string()});
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.order() < b.order(); });
  return names;
}

SpokenDigits from_folder(const std::vector<Name>& names, Loc loc) {
  std::map<std::string, std::int64_t> speakers;
  for (const Name& n : names) speakers.emplace(n.speaker, 0);
  std::int64_t count = 0;
  for (auto& [name, number] : speakers) number = count++;
  Gathered train, test;
  for (const Name& n : names) {
    const Audio audio = read_wav(n.path, loc);
    if (audio.sample_rate != rate || audio.samples.shape()[1] != 1)
      throw IoError(op,
                    "needs one channel of 8000 samples a second in " + n.path + "; got " +
                        std::to_string(audio.samples.shape()[1]) + " of " + std::to_string(audio.sample_rate),
                    loc);
    const float* samples = audio.samples.data<float>();
    (n.take < test_takes ? test : train)
        .add(samples, samples + audio.samples.size(), n.digit, speakers.at(n.speaker), n.take);
  }
  return {train.done(), test.done(), rate};
}

SpokenDigits from_npz(const std::string& path, Loc loc) {
  std::map<std::string, Array> arrays = load_npz(path, loc);
  const auto refuse = [&](const std::string& needs, const std::string& got) {
    throw IoError(op, "needs " + needs + " in " + path + "; got " + got, loc);
  };
  for (const char* name : {"samples", "offsets", "label", "speaker", "take"}) {
    const auto found = arrays.find(name);
    if (found == arrays.end()) refuse("an array '" + std::string(name) + "'", "none");
    if (found->second.rank() != 1 || is_floating(found->second.dtype()))
      refuse("'" + std::string(name) + "' as integers in a row", signature(found->second));
    found->second = found->second.astype(DType::int64);
  }
  const auto numbers = [&](const char* name) { return arrays.at(name).span<std::int64_t>(); };
  const auto samples = numbers("samples"), offsets = numbers("offsets"), label = numbers("label"),
             speaker = numbers("speaker"), take = numbers("take");
  const std::size_t n = label.size();
  if (offsets.size() != n + 1 || speaker.size() != n || take.size() != n || offsets[0] != 0 ||
      offsets[n] != static_cast<std::int64_t>(samples.size()) || !std::is_sorted(offsets.begin(), offsets.end()))
    refuse("a label, a speaker, a take and a stretch of the samples for each recording",
           std::to_string(n) + " labels, " + std::to_string(offsets.size()) + " offsets, " +
               std::to_string(samples.size()) + " samples");
  for (const std::int64_t digit : label)
    if (digit < 0 || digit > 9) refuse("labels from 0 to 9", std::to_string(digit));
  for (const std::int64_t s : samples)
    if (s < -32768 || s > 32767) refuse("samples of 16 bits", std::to_string(s));

  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(label[a], speaker[a], take[a], a) < std::tie(label[b], speaker[b], take[b], b);
  });
  Gathered train, test;
  std::vector<float> recording;
  for (const std::size_t i : order) {
    recording.clear();
    for (std::int64_t k = offsets[i]; k < offsets[i + 1]; ++k)
      recording.push_back(static_cast<float>(samples[static_cast<std::size_t>(k)]) / 32768);
    (take[i] < test_takes ? test : train)
        .add(recording.data(), recording.data() + recording.size(), label[i], speaker[i], take[i]);
  }
  return {train.done(), test.done(), rate};
}

}  // namespace

Array DigitRecordings::recording(std::int64_t i, Loc loc) const {
  if (i < 0 || i >= size())
    throw IndexError("DigitRecordings",
                     "needs a recording below " + std::to_string(size()) + "; got " + std::to_string(i), loc);
  const std::int64_t* at = offsets.data<std::int64_t>() + i;
  return samples.rows(at[0], at[1]);
}

SpokenDigits spoken_digits(Loc loc) {
  std::string looked;
  for (const detail::DataFolder& base : detail::data_folders()) {
    for (const char* name : {"/recordings", "/fsdd/recordings", "/free-spoken-digit-dataset/recordings"})
      if (const std::vector<Name> names = names_in(base.path + name); !names.empty()) return from_folder(names, loc);
    for (const char* name : {"/fsdd.npz", "/fsdd/fsdd.npz", "/sequences/fsdd/fsdd.npz"}) {
      std::error_code ignored;
      if (std::filesystem::is_regular_file(base.path + name, ignored)) return from_npz(base.path + name, loc);
    }
    looked += (looked.empty() ? "none in " : ", ") + base.path;
  }
  throw IoError(
      op,
      "needs the Free Spoken Digit Dataset; got " + looked +
          ". By hand: git clone https://github.com/Jakobovski/free-spoken-digit-dataset in one of these folders",
      loc);
}

}  // namespace xgrad::datasets
