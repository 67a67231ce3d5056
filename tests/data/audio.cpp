// Recordings: WAV files, whole and damaged; spectra and mel bands against others' and against the definition.

#include "xgrad/data/audio.hpp"

#include <cmath>
#include <complex>
#include <numbers>

#include "data/support.hpp"
#include "support/damage.hpp"
#include "support/reference.hpp"
#include "xgrad/ops/random.hpp"

using namespace xgrad;
using namespace support;
using namespace std::string_literals;
using reference::Case;
using reference::Values;

namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(value >> 8 * i & 0xff);
  return s;
}
std::string piece(const std::string& name, const std::string& content) {
  return name + number(content.size(), 4) + content + std::string(content.size() % 2, '\0');
}
std::string format(unsigned kind, unsigned channels, unsigned rate, unsigned bits) {
  const unsigned block = channels * bits / 8;
  return number(kind, 2) + number(channels, 2) + number(rate, 4) + number(rate * block, 4) + number(block, 2) +
         number(bits, 2);
}
std::string riff(const std::string& pieces) { return "RIFF" + number(4 + pieces.size(), 4) + "WAVE" + pieces; }

struct Folder {
  MadeHome home;
  Audio read(const std::string& bytes) const {
    home.write("a.wav", bytes);
    return read_wav(home.path("a.wav"));
  }
};

Array array_of(const Values& v) { return Array::from<double>(v.data, Shape(std::span(v.shape))); }
void near(const Array& got, const Values& wanted, double tolerance) {
  REQUIRE(got.shape() == Shape(std::span(wanted.shape)));
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double want = wanted.data[static_cast<std::size_t>(i)];
    CAPTURE(i);
    CAPTURE(want);
    CHECK(std::abs(got.data<double>()[i] - want) <= tolerance * std::max(1.0, std::abs(want)));
  }
}

}  // namespace

TEST_CASE("audio: WAV files, spectra and mel bands as others write and compute them") {
  const Folder folder;
  const reference::File file("audio.txt");
  CHECK(file.cases().size() == 22);
  for (const Case& c : file.cases()) {
    CAPTURE(c.name);
    if (c.op() == "wav") {
      std::string bytes;
      for (const double b : c.input("file").data) bytes += static_cast<char>(static_cast<int>(b));
      const Audio audio = folder.read(bytes);
      CHECK(audio.sample_rate == c.integer("rate"));
      CHECK(audio.samples.dtype() == DType::float32);
      near(audio.samples.astype(DType::float64), c.out.at(0), 0);
    } else if (c.op() == "spectrum") {
      const std::string& kind = c.text("window");
      const Window window = kind == "hann" ? Window::hann : kind == "hamming" ? Window::hamming : Window::none;
      const Array values = window_values(window, c.integer("length"));
      near(values, c.out.at(0), 1e-14);
      Array frames = frame_signal(array_of(c.input("signal")), c.integer("length"), c.integer("step"));
      for (std::int64_t i = 0; i < frames.size(); ++i)
        frames.mutable_data<double>()[i] *= values.data<double>()[i % values.size()];
      near(power_spectrum(frames, c.integer("fft_length")), c.out.at(1), 1e-12);
    } else {
      const MelOptions mel{.num_mels = c.integer("num_mels"),
                           .fft_length = c.integer("fft_length"),
                           .sample_rate = c.number("rate"),
                           .low = c.number("low"),
                           .high = c.number("high")};
      near(mel_filter_bank(mel), c.out.at(0), 1e-12);
      const LogMelOptions options{.frame_length = mel.fft_length,
                                  .frame_step = mel.fft_length / 2,
                                  .window = Window::hamming,
                                  .mel = mel,
                                  .floor = 0.1};
      const Array signal = array_of(c.input("signal")), got = log_mel(signal, options);
      near(got, c.out.at(1), 1e-12);
      const Array single = log_mel(signal.astype(DType::float32).reshape({signal.size(), 1}), options);
      CHECK(single.dtype() == DType::float32);
      for (std::int64_t i = 0; i < got.size(); ++i)
        CHECK(std::abs(static_cast<double>(single.data<float>()[i]) - got.data<double>()[i]) < 1e-5);
    }
  }
}

TEST_CASE("audio: the transform is that of its definition, for every even length") {
  set_seed(9);
  for (const std::int64_t n : {2, 4, 6, 8, 10, 16, 18, 22, 30, 32, 64, 100, 128, 226, 256, 400, 512})
    for (const std::int64_t length : {n, (n + 1) / 2}) {
      CAPTURE(n);
      const Array x = random::normal({2, length}, 0, 1, DType::float64), got = power_spectrum(x, n);
      REQUIRE(got.shape() == Shape{2, n / 2 + 1});
      for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t k = 0; k <= n / 2; ++k) {
          std::complex<double> sum = 0;
          for (std::int64_t j = 0; j < length; ++j)
            sum += x.data<double>()[i * length + j] *
                   std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n));
          CHECK(std::abs(got.data<double>()[i * (n / 2 + 1) + k] - std::norm(sum)) <
                1e-12 * static_cast<double>(n * n));
        }
    }
}

TEST_CASE("audio: frames") {
  const Array x = Array::from<double>(std::vector<double>{0, 1, 2, 3, 4, 5, 6}, {7});
  const Array frames = frame_signal(x, 3, 2);
  CHECK(frames.shape() == Shape{3, 3});
  CHECK(frames.data<double>()[3] == 2);
  CHECK(frame_signal(x, 3, 3).shape() == Shape{2, 3});
  CHECK(frame_signal(x, 8, 1).shape() == Shape{0, 8});
  CHECK(log_mel(x).shape() == Shape{0, 40});
  CHECK(log_mel(zeros({512})).data<float>()[0] == doctest::Approx(std::log(1e-6)));
}

TEST_CASE("audio: forms of WAV files") {
  const Folder folder;
  const std::string two = number(0x4000, 2) + number(0xc000, 2), pcm = piece("fmt ", format(1, 1, 8000, 16));
  const auto first = [](const Audio& a) { return a.samples.data<float>()[0]; };
  CHECK(first(folder.read(riff(pcm + piece("data", two)))) == 0.5f);
  // other pieces, of odd size too, and what follows the samples
  CHECK(first(folder.read(riff(piece("LIST", "odd") + pcm + piece("fact", "1234") + piece("data", two) + "junk"))) ==
        0.5f);
  // the extended form: the kind again in a name of 16 bytes
  const std::string extended = format(0xfffe, 1, 8000, 16) + number(22, 2) + number(16, 2) + number(4, 4) +
                               number(1, 2) + "\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"s;
  CHECK(folder.read(riff(piece("fmt ", extended) + piece("data", two))).samples.shape() == Shape{2, 1});
  // more promised than there is; a sample that breaks off
  CHECK(folder.read(riff(pcm + "data" + number(0xffffffff, 4) + two + "x")).samples.shape() == Shape{2, 1});
  CHECK(folder.read(riff(pcm + piece("data", ""))).samples.shape() == Shape{0, 1});

  const auto refused = [&](const std::string& bytes, const char* why) {
    CHECK_THROWS_WITH_AS(folder.read(bytes), doctest::Contains(why), IoError);
  };
  refused("", "read_wav: needs RIFF … WAVE at the beginning");
  refused("RIFX0000WAVE", "something else");
  refused(riff(""), "needs a format before the samples");
  refused(riff(piece("data", two)), "needs a format before the samples");
  refused(riff(pcm), "needs samples");
  refused(riff(piece("fmt ", "short") + piece("data", two)), "needs 16 bytes of format");
  refused(riff(piece("fmt ", format(7, 1, 8000, 8)) + piece("data", two)), "got 8 bits of encoding 7");
  refused(riff(piece("fmt ", format(1, 1, 8000, 12)) + piece("data", two)), "got 12 bits of encoding 1");
  refused(riff(piece("fmt ", format(1, 0, 8000, 16)) + piece("data", two)), "that go together");
  refused(riff(piece("fmt ", format(1, 1, 0, 16)) + piece("data", two)), "that go together");
  CHECK_THROWS_AS(read_wav(folder.home.path("none.wav")), IoError);
}

TEST_CASE("damaged WAV files") {
  const Folder folder;
  for (const unsigned bits : {8u, 16u, 24u, 32u, 64u}) {
    const std::string whole =
        riff(piece("LIST", "some words") + piece("fmt ", format(bits == 64 ? 3 : 1, 2, 8000, bits)) +
             piece("data", std::string(240, '\x5a')));
    damage::survive(
        ("wav of " + std::to_string(bits)).c_str(), whole, 1000, [&](const std::string& b) { return folder.read(b); },
        [](const Audio& a, const std::string& b) {
          return a.sample_rate > 0 && a.samples.rank() == 2 && a.samples.size() <= static_cast<std::int64_t>(b.size());
        });
  }
}

TEST_CASE("audio: refusals") {
  const Array x = zeros({100});
  CHECK_THROWS_WITH_AS(frame_signal(zeros({2, 3}), 2, 1),
                       doctest::Contains("frame_signal: needs a signal [samples]; got float32[2,3]"), ShapeError);
  CHECK_THROWS_WITH_AS(frame_signal(x.astype(DType::int64), 2, 1), doctest::Contains("float32 or float64"), DTypeError);
  CHECK_THROWS_WITH_AS(frame_signal(x, 0, 1), doctest::Contains("a frame length of at least 1; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(frame_signal(x, 1, 0), doctest::Contains("a step of at least 1; got 0"), ArgError);
  CHECK_THROWS_AS(window_values(Window::hann, 0), ArgError);
  CHECK_THROWS_WITH_AS(power_spectrum(x, 128), doctest::Contains("needs frames [count,length]"), ShapeError);
  CHECK_THROWS_WITH_AS(power_spectrum(zeros({2, 5}), 13), doctest::Contains("even and at least 2; got 13"), ArgError);
  CHECK_THROWS_WITH_AS(power_spectrum(zeros({2, 5}), 4), doctest::Contains("not below that of the frames, 5; got 4"),
                       ArgError);
  CHECK_THROWS_WITH_AS(mel_filter_bank({.num_mels = 0}), doctest::Contains("number of bands of at least 1"), ArgError);
  CHECK_THROWS_WITH_AS(mel_filter_bank({.high = 5000}), doctest::Contains("half the sample rate, 4000"), ArgError);
  CHECK_THROWS_AS(mel_filter_bank({.low = 4000}), ArgError);
  CHECK_THROWS_WITH_AS(log_mel(zeros({9, 2})), doctest::Contains("needs a signal of one channel"), ShapeError);
  CHECK_THROWS_WITH_AS(log_mel(x, {.floor = 0}), doctest::Contains("a floor above 0"), ArgError);
  CHECK_THROWS_WITH_AS(log_mel(zeros({300}), {.mel = {.fft_length = 128}}), doctest::Contains("power_spectrum"),
                       ArgError);
}
