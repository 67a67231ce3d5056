// tools/bench: each workload against its floor, in one run.

#include <cstdio>

#include "adbench/workloads.hpp"
#include "conv.hpp"
#include "floor/mlp.hpp"
#include "gemm.hpp"
#include "harness.hpp"
#include "keras.hpp"
#include "kernels.hpp"
#include "ours.hpp"
#include "xgrad/core/threads.hpp"

namespace {

using namespace bench;
using floor::Hidden;
using floor::Loss;
using floor::Rule;

struct Workload {
  const char* name;
  Step (*ours)();
  Step (*floor)();  // null: there is none
  double per = 1;
  bool both_thread_counts = true;
};

const Workload workloads[] = {
    {"scalar_op", scalar_chain, [] { return floor::scalar_chain(); }, 200, false},
    {"mnist_step", mnist_step,
     [] {
       return floor::mlp_step({784, 512, 10}, 128, Hidden::relu, Loss::cross_entropy, Rule::rmsprop);
     }},
    {"adam_step", adam_step,
     [] {
       return floor::mlp_step({784, 512, 512, 10}, 128, Hidden::relu, Loss::cross_entropy, Rule::adam);
     }},
    {"sgd512_step", sgd512_step,
     [] {
       return floor::mlp_step({784, 512, 512, 10}, 512, Hidden::relu, Loss::cross_entropy, Rule::sgd);
     }},
    {"tiny_step", tiny_step,
     [] {
       return floor::mlp_step({4, 32, 32, 3}, 32, Hidden::tanh, Loss::cross_entropy, Rule::sgd);
     },
     1, false},
    {"boston_step", boston_step,
     [] {
       return floor::mlp_step({13, 64, 64, 1}, 16, Hidden::relu, Loss::squared_error, Rule::rmsprop);
     },
     1, false},
    {"cnn_step", cnn_step, nullptr},
    {"lstm", lstm_step, nullptr},
    {"gru", gru_step, nullptr},
    {"ctc", ctc_step, nullptr},
    {"embedding", embedding_step, nullptr},
    {"imdb_step", imdb_step, nullptr},
    {"reuters_step", reuters_step, nullptr},
    {"attention_128", [] { return attention_step(128); }, nullptr},
    {"attention_1024", [] { return attention_step(1024); }, nullptr},
    {"hvp", hvp_step, [] { return floor::hvp_step(784, 512, 10, 128); }},
};

/// What `NAME` stands for, on its own, to be asked for samples.
Sampler find(const std::string& name) {
  for (const Workload& w : workloads)
    if (w.name == name) return {w.ours(), w.per};
  for (const Problem& p : adbench_problems())
    if (p.name == name) return {p.open().first};
  return {conv_step(name)};
}

}  // namespace

int main(int argc, char** argv) {
  Report report(Options::parse(argc, argv));
  const Options& options = report.options();
  if (options.serve) {
    xgrad::set_num_threads(options.threads.front());
    return serve(find);
  }
  for (int threads : options.threads) {
    xgrad::set_num_threads(threads);
    for (const Workload& w : workloads) {
      if (!report.wants(w.name) || (threads > 1 && !w.both_thread_counts)) continue;
      const Step ours = w.ours();
      if (!ours) {
        std::printf("(%s needs its data set in $KERAS_HOME)\n", w.name);
      } else if (w.floor) {
        report.compare(w.name, threads, ours, "floor", w.floor(), w.per);
      } else {
        report.measure(w.name, threads, ours, w.per);
      }
      if (std::string(w.name) == "hvp") report.compare(w.name, threads, w.ours(), "gradient", hvp_gradient_step());
    }
    fit_workloads(report, threads);
    kernel_workloads(report, threads);
    gemm_workloads(report, threads);
    conv_workloads(report, threads);
  }
  job_workloads(report);
  xgrad::set_num_threads(1);
  const std::vector<Problem> problems = adbench_problems();
  if (problems.empty()) std::printf("(the ADBench workloads need the suite's inputs in $XGRAD_DATA/adbench)\n");
  for (const Problem& p : problems) {
    if (!report.wants(p.name)) continue;
    const auto [gradient, objective] = p.open();
    report.compare(p.name, 1, gradient, "objective", objective);
  }
  report.finish();
}
