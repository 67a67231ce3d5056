// Digits spoken in a row: an LSTM hears them, and CTC learns where each is from what they are alone.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {

struct Strings {
  Array x;  // [strings, frames, bands]
  Array y;  // [strings, 5]: digit + 1, filled up with 0, which is CTC's blank
};

/// Three to five digits in a row by one speaker, single recordings joined with up to a tenth of a second between them;
/// heard every 16 ms in 40 bands, silence after the end.
Strings in_a_row(const datasets::DigitRecordings& single, std::int64_t count, std::int64_t longest) {
  const std::int64_t most = 5, n = single.size();
  Array y = zeros({count, most}, DType::int64);
  std::vector<Array> heard;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t digits = random::integers({1}, 3, most + 1).item<std::int64_t>();
    Array signal = zeros({longest});
    for (std::int64_t at = 0, k = 0, speaker = -1; k < digits;) {
      const std::int64_t j = random::integers({1}, 0, n).item<std::int64_t>();
      if (k > 0 && single.speakers.data<std::int64_t>()[j] != speaker) continue;
      const Array one = single.recording(j);
      if (at + one.size() > longest) break;  // the last does not fit any more
      speaker = single.speakers.data<std::int64_t>()[j];
      std::copy_n(one.data<float>(), one.size(), signal.mutable_data<float>() + at);
      y.mutable_data<std::int64_t>()[i * most + k++] = single.digits.data<std::int64_t>()[j] + 1;
      at += one.size() + random::integers({1}, 0, 800).item<std::int64_t>();
    }
    heard.push_back(log_mel(signal));
  }
  return {stack(heard), y};
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 6;
  const std::int64_t strings = argc > 2 ? std::atoll(argv[2]) : 3000;
  const std::uint64_t seed = argc > 3 ? static_cast<std::uint64_t>(std::atoll(argv[3])) : 1;

  // 2,700 recordings to learn from and 300 others, of the same speakers, to be tested on. They are joined by the same
  // numbers whatever the seed is.
  auto [train, test, sample_rate] = datasets::spoken_digits();
  set_seed(0);
  Strings learn = in_a_row(train, strings, 4 * sample_rate), judge = in_a_row(test, 500, 4 * sample_rate);
  Array middle = mean(learn.x, {0, 1}), spread = stddev(learn.x, {0, 1});
  learn.x = (learn.x - middle) / spread;
  judge.x = (judge.x - middle) / spread;
  std::printf("%s to learn from\n", signature(learn.x).c_str());
  if (argc > 4)  // for another program to learn from the same
    save_npz(argv[4], {{"x_train", learn.x}, {"y_train", learn.y}, {"x_test", judge.x}, {"y_test", judge.y}});

  // At each frame the network says a digit, or the blank. CTC takes all ways to say the digits in their order.
  set_seed(seed);
  Sequential model{
      Bidirectional{LSTM{64, {.return_sequences = true}}},
      Bidirectional{LSTM{64, {.return_sequences = true}}},
      Dense{11},
  };
  model.compile({.optimizer = Adam{.learning_rate = 0.002, .options = {.global_clipnorm = 1}},
                 .loss = CTC{},
                 .metrics = {"label_error_rate"}});
  model.build({learn.x.shape(1), learn.x.shape(2)});
  model.summary();
  model.fit(learn.x, learn.y, {.epochs = epochs, .batch_size = 32});

  auto result = model.evaluate(judge.x, judge.y, {.batch_size = 100, .verbose = 0});
  std::printf("label error rate %.4f, loss %.4f\n", result["label_error_rate"], result.loss);

  // What it hears, by the most probable path and by the most probable digits.
  Array logits = model.predict(judge.x.rows(0, 5));
  CtcDecoded greedy = ctc_greedy_decode(logits), beam = ctc_beam_search(logits, {.beam_width = 20});
  for (std::int64_t i = 0; i < 5; ++i) {
    std::printf("said");
    for (std::int64_t k = 0; k < 5; ++k)
      if (std::int64_t label = judge.y.data<std::int64_t>()[i * 5 + k]) std::printf(" %d", static_cast<int>(label - 1));
    std::printf(", heard");
    for (std::int64_t label : greedy.sequence(i)) std::printf(" %d", static_cast<int>(label - 1));
    std::printf(", with a beam");
    for (std::int64_t label : beam.sequence(i)) std::printf(" %d", static_cast<int>(label - 1));
    std::printf(" (probability %.3f)\n", std::exp(static_cast<double>(beam.scores.data<float>()[i])));
  }
} catch (const IoError& e) {  // no data: the message says where it is looked for, and how to get it
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
