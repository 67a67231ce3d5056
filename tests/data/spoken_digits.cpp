// The spoken digits: from WAV files and from an archive, the split, and what is refused.

#include <string>

#include "data/support.hpp"
#include "support/damage.hpp"
#include "xgrad/data/recordings.hpp"
#include "xgrad/io/npz.hpp"
#include "xgrad/ops/shaping.hpp"

using namespace xgrad;
using namespace support;

namespace {

using I64 = std::int64_t;

std::string number(std::uint64_t value, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(value >> 8 * i & 0xff);
  return s;
}
/// A WAV file of 16 bits.
std::string wav(const std::vector<int>& samples, unsigned rate = 8000, unsigned channels = 1) {
  std::string data;
  for (const int s : samples) data += number(static_cast<std::uint64_t>(s), 2);
  const std::string format = number(1, 2) + number(channels, 2) + number(rate, 4) + number(rate * 2 * channels, 4) +
                             number(2 * channels, 2) + number(16, 2);
  return "RIFF" + number(36 + data.size(), 4) + "WAVEfmt " + number(16, 4) + format + "data" + number(data.size(), 4) +
         data;
}
Array ints(const std::vector<I64>& v) { return Array::from<I64>(v, {static_cast<I64>(v.size())}); }
std::vector<I64> numbers(const Array& a) { return {a.span<I64>().begin(), a.span<I64>().end()}; }

NamedArrays archive() {
  return {{"samples", ints({100, -200, 32767, -32768, 5, 6, 7})},
          {"offsets", ints({0, 2, 4, 4, 7})},
          {"label", ints({3, 9, 3, 3})},
          {"speaker", ints({1, 0, 0, 1})},
          {"take", ints({5, 4, 49, 0})}};
}

}  // namespace

TEST_CASE("spoken_digits: WAV files by name, in the order of digits, speakers and takes") {
  const MadeHome home;
  std::filesystem::create_directories(home.path("fsdd/recordings"));
  const auto write = [&](const std::string& name, const std::string& bytes) {
    home.write("fsdd/recordings/" + name, bytes);
  };
  write("7_theo_10.wav", wav({1, 2, 3}));
  write("7_theo_5.wav", wav({16384}));
  write("7_george_49.wav", wav({}));
  write("0_theo_4.wav", wav({-32768, 4}));
  for (const char* other : {"read.me", "x_theo_1.wav", "7__1.wav", "7_theo_.wav", "7_theo_a.wav", ".wav"})
    write(other, "");
  const auto [train, test, rate] = datasets::spoken_digits();
  CHECK(rate == 8000);
  CHECK(numbers(train.digits) == std::vector<I64>{7, 7, 7});
  CHECK(numbers(train.speakers) == std::vector<I64>{0, 1, 1});
  CHECK(numbers(train.takes) == std::vector<I64>{49, 5, 10});
  CHECK(numbers(train.offsets) == std::vector<I64>{0, 0, 1, 4});
  CHECK(train.recording(0).size() == 0);
  CHECK(train.recording(1).data<float>()[0] == 0.5f);
  CHECK(train.recording(2).data<float>()[2] == 3.0f / 32768);
  CHECK(test.size() == 1);
  CHECK(test.recording(0).data<float>()[0] == -1);
  CHECK_THROWS_WITH_AS(test.recording(1), doctest::Contains("needs a recording below 1; got 1"), IndexError);
  write("1_theo_1.wav", wav({1}, 16000));
  CHECK_THROWS_WITH_AS(datasets::spoken_digits(), doctest::Contains("1_theo_1.wav; got 1 of 16000"), IoError);
  write("1_theo_1.wav", wav({1, 2}, 8000, 2));
  CHECK_THROWS_WITH_AS(datasets::spoken_digits(), doctest::Contains("got 2 of 8000"), IoError);
  write("1_theo_1.wav", "none");
  CHECK_THROWS_WITH_AS(datasets::spoken_digits(), doctest::Contains("read_wav"), IoError);
}

TEST_CASE("spoken_digits: an archive, whole and damaged") {
  const MadeHome home;
  const std::string path = home.path("fsdd.npz");
  save_npz(path, archive());
  const auto [train, test, rate] = datasets::spoken_digits();
  CHECK(numbers(train.takes) == std::vector<I64>{49, 5});
  CHECK(numbers(train.offsets) == std::vector<I64>{0, 0, 2});
  CHECK(train.recording(1).data<float>()[1] == -200.0f / 32768);
  CHECK(numbers(test.digits) == std::vector<I64>{3, 9});
  CHECK(test.recording(0).size() == 3);
  CHECK(test.recording(1).data<float>()[1] == -1);

  const auto refused = [&](std::size_t which, const Array& instead, const char* why) {
    NamedArrays arrays = archive();
    arrays[which].second = instead;
    save_npz(path, arrays);
    CHECK_THROWS_WITH_AS(datasets::spoken_digits(), doctest::Contains(why), IoError);
  };
  refused(0, ints({1, 2, 3}), "a stretch of the samples for each recording");
  refused(0, ints({100, -200, 32768, 0, 5, 6, 7}), "samples of 16 bits");
  refused(1, ints({0, 4, 2, 4, 7}), "a stretch of the samples");
  refused(1, ints({-1, 2, 4, 4, 7}), "a stretch of the samples");
  refused(2, ints({3, 10, 3, 3}), "needs labels from 0 to 9");
  refused(2, ints({3, 9, 3}), "a label, a speaker");
  refused(3, zeros({4}), "'speaker' as integers in a row");
  NamedArrays few = archive();
  few.pop_back();
  save_npz(path, few);
  CHECK_THROWS_WITH_AS(datasets::spoken_digits(), doctest::Contains("needs an array 'take'"), IoError);

  save_npz(path, archive());
  std::ifstream file(path, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  damage::survive(
      "fsdd.npz", whole, 1000,
      [&](const std::string& bytes) {
        home.write("fsdd.npz", bytes);
        return datasets::spoken_digits();
      },
      [](const datasets::SpokenDigits& d, const std::string&) { return d.train.size() + d.test.size() == 4; });
}

TEST_CASE("spoken_digits: where there are none, what is needed is said") {
  const MadeHome home;
  CHECK_THROWS_WITH_AS(datasets::spoken_digits(), doctest::Contains("free-spoken-digit-dataset"), IoError);
}

TEST_CASE("spoken_digits: the whole set, where it is") {
  try {
    const auto [train, test, rate] = datasets::spoken_digits();
    CHECK(train.size() == 2700);
    CHECK(test.size() == 300);
    CHECK(train.samples.size() + test.samples.size() == 10498424);
  } catch (const IoError&) {
    MESSAGE("skipped: it needs the Free Spoken Digit Dataset in $XGRAD_DATA");
  }
}
