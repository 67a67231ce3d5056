// Drawings: what gnuplot and Graphviz are told, and how they are run.

#include "view/plot.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "support/scratch.hpp"
#include "support/xml.hpp"
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
  // What is silent but does not end, and what leaves another behind that holds its output.
  const auto begin = std::chrono::steady_clock::now();
  r = run_child({"sh", "-c", "exec >&- 2>&-; exec sleep 60"}, "", 0.2);
  CHECK(r.timed_out);
  const Scratch folder;
  r = run_child({"sh", "-c", "(sleep 0.6; echo late > " + folder / "late" + ") & wait"}, "", 0.2);
  CHECK(r.timed_out);
  std::this_thread::sleep_for(std::chrono::milliseconds(900));
  CHECK(folder.names().empty());  // what it had started was ended with it
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("plot: a script says every curve, band and mark, and no text is more than a text") {
  detail::Drawing d{.title = "it's; system('rm -rf /')\n`x`\xff", .panels = {}};
  d.panels.push_back(
      {.title = "loss",
       .curves = {{.name = "a_b{c}", .x = {1, 2, 3}, .y = {0.5, NAN, 0.25}, .colour = 0, .points = true},
                  {.name = "band", .x = {1, 2}, .y = {1, 2}, .colour = 1, .low = {0, 1}, .high = {2, 3}}},
       .marks = {{.at = 2, .name = "best"}, {.at = 3, .name = "other", .colour = 1}}});
  const std::string s = detail::gnuplot_script(d, "svg");
  CHECK(has(s, "title \"it\\047s\\073 system(\\047rm -rf \\057\\047) \\140x\\140\\077\""));
  CHECK(has(s, "set terminal svg size 540,420 noenhanced"));
  CHECK(has(s, "$d0 << EOD\n1 0.5\n2 NaN\n3 0.25\nEOD\n"));
  CHECK(has(s, "$d1 << EOD\n1 1 0 2\n2 2 1 3\nEOD\n"));
  CHECK(has(s, "$d0 using 1:2 with points pt 7 ps 0.55 lc rgb '#0072B2' title \"a_b\\173c\\175\""));
  CHECK(has(s, "plot $d1 using 1:3:4 with filledcurves"));  // first: bands lie under lines
  CHECK(has(s, "title \"band ± sd\""));
  CHECK(has(s, "set arrow from 2, graph 0 to 2, graph 1"));
  CHECK(has(s, "lc rgb '#666666' title \"best\""));
  CHECK(has(s, "set arrow from 3, graph 0 to 3, graph 1"));
  CHECK(has(s, "lc rgb '#D55E00' title \"other\""));
  CHECK(has(s, "set key bmargin"));  // where it hides nothing
  CHECK(s.find_first_of("`;!@") == std::string::npos);
  const std::string dumb = detail::gnuplot_script(d, "dumb");
  CHECK_FALSE(has(dumb, "filledcurves"));
  CHECK_FALSE(has(dumb, "± sd"));
  d.log_scale = true;
  CHECK(has(detail::gnuplot_script(d, "dumb"), "set logscale y"));
}

TEST_CASE("plot: what has no finite point is left out") {
  detail::Drawing d{.title = "", .panels = {}};
  d.panels.push_back({.title = "gone", .curves = {{.name = "a", .x = {1, 2}, .y = {NAN, INFINITY}}}});
  d.panels.push_back(
      {.title = "stays", .curves = {{.name = "b", .x = {1, 2}, .y = {NAN, -1}}, {.name = "c", .x = {1}, .y = {1}}}});
  CHECK(detail::visible(d).panels.size() == 1);
  CHECK(detail::visible(d).panels[0].curves.size() == 2);
  d.log_scale = true;
  CHECK(detail::visible(d).panels[0].curves.size() == 1);
  CHECK(has(detail::gnuplot_script(d, "svg"), "with linespoints"));  // one point makes no line
  CHECK_FALSE(has(detail::gnuplot_script(d, "svg"), "gone"));
}

TEST_CASE("plot: a table where nothing draws: as wide as the names, as long as a screen, marks told") {
  detail::Drawing d{.title = "all", .panels = {}};
  detail::Curve line{.name = "training", .x = {}, .y = {}};
  for (int i = 1; i <= 100; ++i) {
    line.x.push_back(i);
    line.y.push_back(1.0 / i);
  }
  const detail::Curve band{.name = "validation", .x = {1, 37}, .y = {2, 0.5}, .low = {1.5, 0.4}, .high = {2.5, 0.6}};
  d.panels.push_back({.title = "loss", .curves = {line, band}, .marks = {{.at = 37, .name = "best: epoch 37"}}});
  const std::string table = detail::table_of(d);
  CHECK(has(
      table,
      "all\nloss\nepoch     training         validation\n    1            1            2 ± 0.5\n    6      0.16667\n"));
  CHECK(has(table, "\n   37     0.027027          0.5 ± 0.1  <- best: epoch 37\n"));
  CHECK(has(table, "\n  100         0.01\n"));
  CHECK(std::count(table.begin(), table.end(), '\n') <= 26);
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
  CHECK(folder.names() == std::vector<std::string>{"p.svg"});
  folder.write("p.svg", "old");
  // A long complaint ends with its cause.
  program(programs, "gnuplot",
          "for i in 1 2 3 4 5 6 7 8 9; do echo 'gnuplot> plot $d0 using 1:2 with lines' >&2; done\n"
          "echo '      ^' >&2; echo 'line 9: out of ink' >&2; exit 2");
  refused("^ line 9: out of ink");
  program(programs, "gnuplot", "exec 1>&- 2>&-; exit 0");  // does not even read
  refused("nothing said");
  // The user's own start file has no part in it.
  program(programs, "gnuplot", "echo \"$@\"");
  detail::draw(d, "plot", path, Loc::current());
  CHECK(Scratch::read(path) == "-d\n");
  // The terminal gets its table all the same.
  program(programs, "gnuplot", "echo sorry >&2; exit 1");
  CHECK(has(detail::draw_text(d), "    1            1\n(gnuplot could not draw curves: sorry)\n"));
  std::filesystem::remove(programs / "gnuplot");
  CHECK(has(detail::draw_text(d), "    1            1\n(gnuplot draws curves here"));
  const detail::Drawing nothing{.title = "",
                                .panels = {{.title = "x", .curves = {{.name = "y", .x = {1}, .y = {NAN}}}}}};
  CHECK(has(detail::draw_text(nothing), "nan\n(no finite figures to draw)\n"));
  CHECK_THROWS_WITH_AS(detail::draw(nothing, "plot", path, Loc::current()), doctest::Contains("finite figure"),
                       ArgError);
}

TEST_CASE("plot: a folder that takes no file is no matter to gnuplot") {
  if (!run_child({"gnuplot", "--version"}, "", 10).found) {
    MESSAGE("skipped: gnuplot is not installed");
    return;
  }
  const Scratch folder, shut;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(shut / "");
  std::filesystem::permissions(shut / "", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const detail::Drawing d{.title = "t", .panels = {{.title = "x", .curves = {{.name = "y", .x = {1}, .y = {1}}}}}};
  CHECK_NOTHROW(detail::draw(d, "plot", folder / "p.png", Loc::current()));
  CHECK(has(detail::draw_text(d), "+-----"));
  std::filesystem::current_path(before);
  std::filesystem::permissions(shut / "", std::filesystem::perms::owner_all);
  CHECK(shut.names().empty());
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
  CHECK(xml_fault(Scratch::read(folder / "m.svg")) == "");
  const Scratch programs;
  const Path only(programs / "");
  CHECK_THROWS_WITH_AS(plot_model(model, folder / "m.png"), doctest::Contains("needs the program dot"), IoError);
}

TEST_CASE("plot_model: a model of a function is drawn as it runs") {
  Dense h{8, {.name = "h"}}, o{4, {.name = "o&lt;"}};
  Dropout drop{0.5, {.name = "drop"}};
  Sequential deep{Dense{8, {.name = "inner"}}};
  // h is read by two, o is called twice, and the input goes around all of it.
  Model model([=](Var x) {
    const Var a = h(x), b = drop(deep(a));
    return o(a) + o(b * 2 + a) * x;
  });
  model.build({4});
  const std::string dot = model_dot(model);
  CHECK(has(dot, "l0 [label=\"h\\nDense"));
  CHECK(has(dot, "l2 [label=\"inner\\nDense"));
  CHECK(has(dot, "l3 [label=\"drop\\nDropout"));
  CHECK(has(dot, "label=\"o&amp;lt;\\nDense"));
  CHECK(has(dot, "label=\"…\""));
  CHECK(has(dot, "label=\"add\""));
  std::string edges = dot.substr(dot.find("  in -> "));
  std::multiset<std::string> found;
  std::istringstream lines(edges);
  for (std::string line; std::getline(lines, line);) found.insert(line);
  const auto box = [&](const std::string& label) {  // the box before a label, from the n-th place
    std::vector<std::string> all;
    for (std::size_t at = dot.find(label); at != std::string::npos; at = dot.find(label, at + 1)) {
      const std::size_t begin = dot.rfind('\n', at) + 1;
      all.push_back(
          dot.substr(dot.find_first_not_of(' ', begin), dot.find(" [", begin) - dot.find_first_not_of(' ', begin)));
    }
    return all;
  };
  const std::vector<std::string> outs = box("[label=\"o&amp;lt;"), gathers = box("[label=\"…"),
                                 sums = box("[label=\"add\"");
  REQUIRE(outs.size() == 2);
  REQUIRE(gathers.size() == 1);
  REQUIRE(sums.size() == 1);
  const std::string wide = found.contains("  " + gathers[0] + " -> " + outs[0] + ";") ? outs[0] : outs[1];
  const std::string narrow = wide == outs[0] ? outs[1] : outs[0];
  std::multiset<std::string> wanted{"}"};
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"in", "l0"},
                                                                                 {"l0", "l2"},
                                                                                 {"l2", "l3"},
                                                                                 {"l0", narrow},
                                                                                 {"l0", gathers[0]},
                                                                                 {"l3", gathers[0]},
                                                                                 {gathers[0], wide},
                                                                                 {narrow, sums[0]},
                                                                                 {wide, sums[0]},
                                                                                 {"in", sums[0]}})
    wanted.insert("  " + from + " -> " + to + ";");
  CHECK(found == wanted);

  // Whole numbers go through no gradient, and the drawing leaves nothing on an open tape.
  Embedding words{10, 4};
  Model text([=](Var x) { return words(x); });
  text.build({3});
  Tape tape;
  const auto scope = tape.scope();
  CHECK(has(model_dot(text), "in -> l0;\n}"));
  CHECK(tape.size() == 0);
  // In a model of layers, the function stands in a frame.
  Sequential outer{model, Dense{1, {.name = "last"}}};
  outer.build({4});
  CHECK(has(model_dot(outer), "(Functional)\""));
}
