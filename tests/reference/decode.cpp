// Decoding by CTC against Keras, through decode.txt.

#include <doctest/doctest.h>

#include <cmath>

#include "support/reference.hpp"
#include "xgrad/nn/ctc.hpp"

using reference::Case;
using reference::Values;
using namespace xgrad;

namespace {

CtcDecoded decode(const Case& c, const Array& logits, const Array& lengths) {
  const std::int64_t blank = c.integer("mask_index");
  if (c.op() == "greedy")
    return ctc_greedy_decode(logits, lengths, {.blank = blank, .merge_repeated = !c.has("merge_repeated")});
  return ctc_beam_search(logits, lengths,
                         {.beam_width = c.integer("beam_width"),
                          .top_paths = c.has("top_paths") ? c.integer("top_paths") : 1,
                          .blank = blank});
}

}  // namespace

TEST_CASE("reference: labels are decoded as Keras decodes them") {
  const reference::File file("decode.txt");
  CHECK(file.cases().size() == 9);
  for (const Case& c : file.cases()) {
    CAPTURE(c.name);
    const Values& labels = c.out.at(0);
    const Values& scores = c.out.at(1);
    const auto array = [](const Values& v) { return Array::from<double>(v.data, Shape(std::span(v.shape))); };
    const Array logits = array(c.input("logits")), lengths = array(c.input("lengths")).astype(DType::int64);
    const CtcDecoded got = decode(c, logits, lengths);
    const std::int64_t paths = labels.shape.at(0), n = labels.shape.at(1), frames = labels.shape.at(2);
    REQUIRE(got.lengths.shape() == Shape{n, paths});
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < paths; ++k) {
        CAPTURE(i);
        CAPTURE(k);
        std::vector<std::int64_t> wanted;
        for (std::int64_t u = 0; u < frames; ++u)
          if (const double l = labels.data.at(static_cast<std::size_t>((k * n + i) * frames + u)); l >= 0)
            wanted.push_back(static_cast<std::int64_t>(l));
        CHECK(got.sequence(i, k) == wanted);
        // Keras adds the largest logits with the sign turned. They are log-probabilities here, to 6 decimals.
        const double score = scores.data.at(static_cast<std::size_t>(i * paths + k)) * (c.op() == "greedy" ? -1 : 1);
        CHECK(std::abs(got.scores.data<double>()[i * paths + k] - score) < (c.op() == "greedy" ? 2e-5 : 1e-9));
      }
  }
}
