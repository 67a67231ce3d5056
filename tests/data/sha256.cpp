// SHA-256 against the examples of FIPS 180-4 (and of NIST's test vectors), with the processor's instructions and
// without.

#include "data/sha256.hpp"

#include <doctest/doctest.h>

#include <utility>

using xgrad::detail::Sha256;

TEST_CASE("sha256: published digests") {
  const std::pair<std::string, std::string> published[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrst"
       "u",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1000000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const auto& [text, digest] : published) {
    for (bool portable : {false, true}) {
      CAPTURE(portable);
      Sha256 hash(portable);
      hash.update(text.data(), text.size());
      CHECK(hash.digest() == digest);
    }
  }
}

TEST_CASE("sha256: the pieces in which bytes come do not matter") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * i >> 3);
  for (std::size_t size : {0, 1, 55, 56, 63, 64, 65, 119, 128, 1000}) {
    Sha256 whole(true);
    whole.update(text.data(), size);
    const std::string digest = whole.digest();
    for (std::size_t piece : {1, 3, 63, 64, 65, 200}) {
      Sha256 hash;
      for (std::size_t at = 0; at < size; at += piece) hash.update(text.data() + at, std::min(piece, size - at));
      CHECK(hash.digest() == digest);
    }
  }
}
