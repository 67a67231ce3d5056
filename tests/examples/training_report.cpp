// The page that the example writes shows the training that the example made.

#include <doctest/doctest.h>

#include "../support/scratch.hpp"
#include "core/json.hpp"
#include "output.hpp"

using xgrad::detail::Json;

TEST_CASE("training_report writes its page") {
  const Scratch folder;
  const std::string text =
      output_of(without_data + "'" XGRAD_EXAMPLES "training_report' '" + (folder / "report.html") + "' 3");
  const double accuracy = figure_after(text, "held-out accuracy ");
  CHECK(accuracy > 0.9);
  REQUIRE(folder.names() == std::vector<std::string>{"report.html"});
  const std::string page = Scratch::read(folder / "report.html");
  CHECK(page.size() < 1'500'000);
  const std::string begin = "id=\"report-data\">";
  const auto from = page.find(begin) + begin.size();
  Json data = xgrad::detail::parse_json(page.substr(from, page.find("</script>", from) - from),
                                        [](const std::string& needs, const std::string&) { FAIL(needs); });
  CHECK(data["records"].items.size() == 4);
  CHECK(data["worst"].items.size() == 24);
  const std::vector<Json>& counts = data["confusion"]["counts"].items;
  std::int64_t all = 0, right = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all += counts[i].integer;
    if (i % 11 == 0) right += counts[i].integer;
  }
  CHECK(data["samples"]["count"].integer == all);
  CHECK(static_cast<double>(right) / static_cast<double>(all) == doctest::Approx(accuracy).epsilon(1e-4));
}
