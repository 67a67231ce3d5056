#include "adbench/workloads.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "adbench/ba.hpp"
#include "adbench/gmm.hpp"
#include "adbench/hand.hpp"
#include "adbench/lstm.hpp"
#include "xgrad/core/threads.hpp"

namespace bench {

namespace {

using namespace xgrad;

/// The gradient (forward included) of `objective(variables)`, timed against the objective alone.
template <class Objective>
void compare(Report& report, const std::string& name, const std::vector<Array>& at, Objective objective) {
  if (!report.wants(name)) return;
  Tape tape;
  const Step gradient = [&] {
    auto scope = tape.scope();
    std::vector<Var> x;
    for (const Array& a : at) x.push_back(tape.variable(a));
    grad(objective(x), x);
  };
  const Step value = [&] {
    NoGrad off;
    objective(std::vector<Var>(at.begin(), at.end()));
  };
  report.compare(name, 1, gradient, "objective", value);
}

}  // namespace

void report_adbench(Report& report) {
  const char* data = std::getenv("XGRAD_DATA");
  const std::string folder = data ? std::string(data) + "/adbench" : "";
  if (folder.empty() || !std::filesystem::is_directory(folder)) {
    std::printf("(the ADBench workloads need the suite's inputs in $XGRAD_DATA/adbench)\n");
    return;
  }
  set_num_threads(1);
  for (const char* size : {"d10_K10", "d32_K25", "d64_K50"}) {
    std::string name = std::string("gmm_") + size;
    for (char& c : name) c = c == 'K' ? 'k' : c;
    if (!report.wants(name)) continue;
    const adbench::Gmm g(folder + "/gmm/1k/gmm_" + size + ".txt");
    compare(report, name, {g.alpha, g.mu, g.icf},
            [&](const std::vector<Var>& x) { return adbench::gmm_objective(g, x[0], x[1], x[2]); });
  }
  if (report.wants("lstm_l2_c1024")) {
    const adbench::Lstm net(folder + "/lstm/lstm_l2_c1024.txt");
    compare(report, "lstm_l2_c1024", {net.main, net.extra},
            [&](const std::vector<Var>& x) { return adbench::lstm_objective(net, x[0], x[1]); });
  }
  if (report.wants("ba1")) {
    const adbench::Ba ba(folder + "/ba/ba1_n49_m7776_p31843.txt");
    compare(report, "ba1", {ba.cameras, ba.points, ba.weights},
            [&](const std::vector<Var>& x) { return adbench::ba_objective(ba, x[0], x[1], x[2]); });
  }
  if (report.wants("hand_simple")) {
    const adbench::HandModel model(folder + "/hand/model_small");
    const adbench::Hand hand(folder + "/hand/simple_small/hand1_t26_c100.txt", false);
    compare(report, "hand_simple", {hand.theta},
            [&](const std::vector<Var>& x) { return adbench::hand_objective(model, hand, x[0], hand.us); });
  }
}

}  // namespace bench
