// The transformer learns in a few steps what letters follow each other, and writes the same again from the same seed.

#include <doctest/doctest.h>

#include "output.hpp"

TEST_CASE("text_transformer learns, and writes") {
  const std::string run = "'" XGRAD_EXAMPLES "text_transformer' 60 7", text = output_of(run);
  CAPTURE(text);
  CHECK(text.find("1192912 letters of Moby Dick, 80 different ones") != text.npos);
  const double before = figure_after(text, "before training "), after = figure_after(text, "after training ");
  CHECK(before > 4.3);
  CHECK(before < 6);
  CHECK(after < 2.8);  // a model that knows the letters' frequencies alone stays at 3.06
  CHECK(text.size() - text.find("The whale") == 9 + 400 + 1);
  CHECK(output_of(run) == text);
}
