#include "adbench/workloads.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "adbench/ba.hpp"
#include "adbench/gmm.hpp"
#include "adbench/hand.hpp"
#include "adbench/lstm.hpp"

namespace bench {

namespace {

using namespace xgrad;

template <class Objective>
std::pair<Step, Step> steps_of(const std::vector<Array>& at, Objective objective) {
  auto tape = std::make_shared<Tape>();
  return {[tape, at, objective] {
            auto scope = tape->scope();
            std::vector<Var> x;
            for (const Array& a : at) x.push_back(tape->variable(a));
            grad(objective(x), x);
          },
          [at, objective] {
            NoGrad off;
            objective(std::vector<Var>(at.begin(), at.end()));
          }};
}

}  // namespace

std::vector<Problem> adbench_problems() {
  const char* data = std::getenv("XGRAD_DATA");
  const std::string folder = data ? std::string(data) + "/adbench" : "";
  if (folder.empty() || !std::filesystem::is_directory(folder)) return {};
  std::vector<Problem> problems;
  for (const std::string size : {"d10_K10", "d32_K25", "d64_K50"}) {
    std::string name = "gmm_" + size;
    name[name.find('K')] = 'k';
    problems.push_back({name, [file = folder + "/gmm/1k/gmm_" + size + ".txt"] {
                          const adbench::Gmm g(file);
                          return steps_of({g.alpha, g.mu, g.icf}, [g](const std::vector<Var>& x) {
                            return adbench::gmm_objective(g, x[0], x[1], x[2]);
                          });
                        }});
  }
  problems.push_back({"lstm_l2_c1024", [file = folder + "/lstm/lstm_l2_c1024.txt"] {
                        const adbench::Lstm net(file);
                        return steps_of({net.main, net.extra}, [net](const std::vector<Var>& x) {
                          return adbench::lstm_objective(net, x[0], x[1]);
                        });
                      }});
  problems.push_back({"ba1", [file = folder + "/ba/ba1_n49_m7776_p31843.txt"] {
                        const adbench::Ba ba(file);
                        return steps_of({ba.cameras, ba.points, ba.weights}, [ba](const std::vector<Var>& x) {
                          return adbench::ba_objective(ba, x[0], x[1], x[2]);
                        });
                      }});
  problems.push_back({"hand_simple", [folder = folder + "/hand"] {
                        const adbench::HandModel model(folder + "/model_small");
                        const adbench::Hand hand(folder + "/simple_small/hand1_t26_c100.txt", false);
                        return steps_of({hand.theta}, [model, hand](const std::vector<Var>& x) {
                          return adbench::hand_objective(model, hand, x[0], hand.us);
                        });
                      }});
  return problems;
}

}  // namespace bench
