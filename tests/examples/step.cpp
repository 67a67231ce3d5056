// The interactive stepper, on a pseudo-terminal.

#include "terminal.hpp"

namespace {

const std::string program = XGRAD_EXAMPLES "step";

/// "step 3/16> "
std::string at(int step) { return "step " + std::to_string(step) + "/16> "; }

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag && a.c_lflag == b.c_lflag;
}

}  // namespace

TEST_CASE("step: forward and back, by names, letters and empty lines") {
  Terminal terminal(program);
  CHECK(terminal.until(at(0)) ==
        "The leaves are there; 8 ops and then 8 rules follow. `next` begins, `help` lists the commands.\n" + at(0));
  const std::string first = terminal.answer("", at(1));
  CHECK(first.find("Forward\n  #4 = ") == 0);
  const std::string second = terminal.answer("next", at(2));
  const std::string third = terminal.answer("", at(3));
  CHECK(third == "  #6 sum = #4 + #5 = 1 + (-1.5) = -0.5   add\n");
  CHECK(terminal.answer("b", at(2)) == "taken back: #6 sum = #4 + #5\n");
  CHECK(terminal.answer("print sum", at(2)) == "  #6 sum = #4 + #5   is not computed yet\n");
  CHECK(terminal.answer("back 2", at(0)).find("taken back: #4 = ") != std::string::npos);
  CHECK(terminal.answer("b", at(0)) == "That is the beginning.\n");
  CHECK(terminal.answer("n", at(1)) == first);  // the same again
  CHECK(terminal.answer("n 2", at(3)) == second + third);
  terminal.type("quit\n");
  CHECK(WEXITSTATUS(terminal.status()) == 0);
}

TEST_CASE("step: to a node, its shares one by one, and the end") {
  Terminal terminal(program);
  terminal.until(at(0));
  CHECK(terminal.answer("c y", at(4)) == "  #7 y = tanh sum = tanh (-0.5) = -0.462117   tanh\n");
  CHECK(terminal.answer("where", at(4)).find(" >    17    Var y = tanh(sum).label(\"y\");\n") != std::string::npos);
  CHECK(terminal.answer("p x1", at(4)) == "  #0 x1 = 2   variable\n  no gradient has arrived yet\n");
  CHECK(terminal.answer("continue", at(8)) == "  #13 loss = #10 + #12 = 2.13779 + 0.2 = 2.33779   add\n");
  const std::string list = terminal.answer("l", at(8));
  CHECK(list.find("   #2 w1 = 0.5   variable\n") != std::string::npos);
  CHECK(list.find(" > #13 loss = ") != std::string::npos);
  CHECK(terminal.answer("c #0", at(10)).find("ȳ · a = 1 · 0.1 = 0.1   to #0 x1\n") != std::string::npos);
  CHECK(terminal.answer("p 0", at(10)).find("gradient 0.1, from #12; 1 share is yet to come\n") != std::string::npos);
  CHECK(terminal.answer("", at(10)).find("#0 x1 = 2") != std::string::npos);
  CHECK(terminal.answer("c x2", at(15)).find("ȳ · b = (-2.29976) · 1.5 = -3.44964   to #1 x2\n") != std::string::npos);
  CHECK(terminal.answer("c x2", at(15)) == "Nothing more happens at #1 x2.\n");
  const std::string last = terminal.answer("c", at(16)),
                    sum = "gradient 0.1 + (-1.14988) = -1.04988, from #12 and #4\n";
  CHECK(last.find("so far #0 x1   " + sum) != std::string::npos);
  CHECK(last.find("Gradients\n  #0 x1   " + sum) != std::string::npos);
  CHECK(terminal.answer("n", at(16)).find("That was the end") == 0);
  // All the way back and on again: the same end.
  terminal.answer("back 100", at(0));
  CHECK(terminal.answer("next 100", at(16)).find("  #2 w1   gradient -4.59951, from #4\n") != std::string::npos);
}

TEST_CASE("step: what it cannot understand is said, and nothing changes") {
  Terminal terminal(program);
  terminal.until(at(0));
  CHECK(terminal.answer("dance", at(0)) == "There is no command \"dance\"; `help` lists them.\n");
  CHECK(terminal.answer("nextt", at(0)).find("There is no command") == 0);
  CHECK(terminal.answer("n 0", at(0)) == "next takes a count from 1; got \"0\".\n");
  CHECK(terminal.answer("n -1", at(0)) == "next takes a count from 1; got \"-1\".\n");
  CHECK(terminal.answer("b 99999999999999999999999999", at(0)).find("back takes a count from 1") == 0);
  CHECK(terminal.answer("p", at(0)).find("print takes a label or a number") == 0);
  CHECK(terminal.answer("p #", at(0)).find("No node of this graph is called \"#\"") == 0);
  CHECK(terminal.answer("p #14", at(0)).find("No node of this graph is called \"#14\"") == 0);
  CHECK(terminal.answer("c nobody", at(0)).find("No node of this graph is called \"nobody\"") == 0);
  CHECK(terminal.answer("w", at(0)) == "At the beginning: nothing is computed yet.\n");
  CHECK(terminal.answer("p " + std::string(3000, 'x'), at(0)).find("No node") == 0);
  CHECK(terminal.answer("?", at(0)).find("  next [n] ") == 0);
  CHECK(terminal.answer("h", at(0)).find("  next [n] ") == 0);
}

TEST_CASE("step: the end of the input ends it, and Ctrl-C does; the terminal stays as it was") {
  for (const bool interrupted : {false, true}) {
    Terminal terminal(program);
    terminal.until(at(0));
    const termios before = terminal.settings();
    terminal.answer("n", at(1));
    terminal.type(interrupted ? "\x03" : "\x04");
    const int status = terminal.status();
    if (interrupted) {
      CHECK(WIFSIGNALED(status));
      CHECK(WTERMSIG(status) == SIGINT);
    } else {
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(same(before, terminal.settings()));
  }
}
