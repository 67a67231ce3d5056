// The pages that the example writes hold the network's loss, before and after training.

#include <doctest/doctest.h>

#include "../support/scratch.hpp"
#include "output.hpp"

TEST_CASE("see_the_tape writes its two pages") {
  const Scratch folder;
  const std::string text = output_of("'" XGRAD_EXAMPLES "see_the_tape' '" + (folder / "") + "'");
  CHECK(figure_after(text, " before training, ") < 0.05);
  CHECK(figure_after(text, "loss ") > 0.1);
  CHECK(folder.names() == std::vector<std::string>{"before_and_after.html", "tape.html"});
  for (const std::string& name : folder.names()) {
    const std::string page = Scratch::read(folder / name);
    CHECK(page.find("</html>") != page.npos);
    CHECK(page.find("\"op\":\"dense\"") != page.npos);
    CHECK(page.find("hidden/kernel") != page.npos);
    CHECK(page.find("mean(square(network(x) - y))") != page.npos);  // the user's line
  }
}
