// Drawings: what gnuplot and Graphviz are told, and how they are run.

#include "view/plot.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "support/scratch.hpp"
#include "view/child.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;
using detail::run_child;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// While it lives, programs are looked for in this folder alone.
class Path {
 public:
  explicit Path(const std::string& folder) : before_(std::getenv("PATH")) { ::setenv("PATH", folder.c_str(), 1); }
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

void program(const Scratch& folder, const std::string& name, const std::string& script) {
  std::filesystem::permissions(folder.write(name, "#!/bin/sh\n" + script), std::filesystem::perms::owner_all);
}

}  // namespace

TEST_CASE("child: what a program says, on a text of any length, and how it ends") {
  const std::string text(3'000'000, 'x');
  auto r = run_child({"cat"}, text, 20);
  CHECK(r.found);
  CHECK(r.status == 0);
  CHECK(r.output == text);
  r = run_child({"sh", "-c", "echo oops >&2; exit 3"}, text, 20);  // does not read: no signal, no hang
  CHECK(r.status == 3);
  CHECK(r.errors == "oops\n");
  r = run_child({"sh", "-c", "kill -9 $$"}, "", 20);
  CHECK(r.status == 128 + 9);
  r = run_child({"sleep", "60"}, "", 0.2);
  CHECK(r.timed_out);
  CHECK_FALSE(run_child({"no-such-program-anywhere"}, "", 5).found);
}

TEST_CASE("plot: a script says every curve, band and mark, and no text is more than a text") {
  detail::Drawing d{.title = "it's; system('rm -rf /')\n`x`", .panels = {}};
  d.panels.push_back(
      {.title = "loss",
       .curves = {{.name = "a_b{c}", .x = {1, 2, 3}, .y = {0.5, NAN, 0.25}, .colour = 0, .points = true},
                  {.name = "band", .x = {1, 2}, .y = {1, 2}, .colour = 1, .low = {0, 1}, .high = {2, 3}}},
       .mark = 2,
       .mark_name = "best"});
  const std::string s = detail::gnuplot_script(d, "svg");
  CHECK(has(s, "title 'it''s; system(''rm -rf /'') `x`'"));
  CHECK(has(s, "set terminal svg size 540,400 noenhanced"));
  CHECK(has(s, "$d0 << EOD\n1 0.5\n2 NaN\n3 0.25\nEOD\n"));
  CHECK(has(s, "$d1 << EOD\n1 1 0 2\n2 2 1 3\nEOD\n"));
  CHECK(has(s, "$d0 using 1:2 with points pt 7 ps 0.6 lc rgb '#0072B2' title 'a_b{c}'"));
  CHECK(has(s, "$d1 using 1:3:4 with filledcurves"));
  CHECK(has(s, "set arrow from 2, graph 0 to 2, graph 1"));
  CHECK(has(s, "set label 'best' at 2"));
  d.log_scale = true;
  CHECK(has(detail::gnuplot_script(d, "dumb"), "set logscale y"));
}

TEST_CASE("plot: a program that is missing, fails, or says nothing leaves the old picture and tells why") {
  const Scratch folder;
  const std::string path = folder.write("p.svg", "old");
  const detail::Drawing d{.title = "t", .panels = {{.title = "x", .curves = {{.name = "y", .x = {1}, .y = {1}}}}}};
  const auto refused = [&](const char* why) {
    CHECK_THROWS_WITH_AS(detail::draw(d, "plot", path, Loc::current()), doctest::Contains(why), IoError);
    CHECK(Scratch::read(path) == "old");
  };
  const Scratch programs;
  const Path only(programs / "");
  refused("needs the program gnuplot to draw");
  refused("apt-get install gnuplot-nox");
  program(programs, "gnuplot", "echo 'line 3: no such terminal' >&2; exit 1");
  refused("got status 1: line 3: no such terminal");
  program(programs, "gnuplot", "exit 0");
  refused("got status 0: nothing said");
  program(programs, "gnuplot", "echo picture");
  detail::draw(d, "plot", path, Loc::current());
  CHECK(Scratch::read(path) == "picture\n");
  CHECK_THROWS_AS(detail::draw(d, "plot", folder / "no/p.svg", Loc::current()), IoError);
  program(programs, "gnuplot", "exit 1");
  CHECK(detail::draw_text(d).empty());
}

TEST_CASE("plot_model: boxes, frames and joins") {
  Sequential model{Dense{8, {.name = "a"}}, Add{Dense{4, {.name = "b"}}, Sequential{Dense{4, {.name = "\"c\""}}}},
                   Residual{Dense{4, {.name = "d"}}}};
  const std::string bare = model_dot(model);
  CHECK(has(bare, "label=\"a\\nDense\""));
  model.build({5});
  const std::string dot = model_dot(model);
  CHECK(has(dot, "in [label=\"input\\n(n, 5)\""));
  CHECK(has(dot, "l0 [label=\"a\\nDense\\n(n, 5) → (n, 8)\"]"));
  CHECK(has(dot, "label=\"\\\"c\\\"\\nDense"));
  CHECK(has(dot, "subgraph cluster_1 {\n    label=\"add"));
  CHECK(has(dot,
            "in -> l0;\n  l0 -> l2;\n  l0 -> l4;\n  l2 -> j5;\n  l4 -> j5;\n  j5 -> l7;\n  j5 -> j8;\n  l7 -> j8;\n"));
  const Scratch folder;
  plot_model(model, folder / "m.dot");
  CHECK(Scratch::read(folder / "m.dot") == dot);
  CHECK_THROWS_WITH_AS(plot_model(model, folder / "m.pdf"), doctest::Contains(".dot, .svg or .png"), ArgError);
  if (!run_child({"dot", "-V"}, "", 10).found) {
    MESSAGE("skipped: Graphviz is not installed");
    return;
  }
  plot_model(model, folder / "m.svg");
  CHECK(has(Scratch::read(folder / "m.svg"), "(n, 5) → (n, 8)"));
  const Scratch programs;
  const Path only(programs / "");
  CHECK_THROWS_WITH_AS(plot_model(model, folder / "m.png"), doctest::Contains("needs the program dot"), IoError);
}
