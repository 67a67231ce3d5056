// bench/jobs, run and timed from outside.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>

#include "data/files.hpp"
#include "keras.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/data/datasets.hpp"

extern char** environ;

namespace bench {

namespace {

/// What a job prints, "name value" lines, and the seconds that it took from its start to its end.
struct Outcome {
  std::map<std::string, double> values;
  double seconds;
};

Outcome run(const std::string& program) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string name = program;
  char* arguments[] = {name.data(), nullptr};
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string said;
  char block[256];
  for (ssize_t got; failed == 0 && (got = read(ends[0], block, sizeof block)) > 0;)
    said.append(block, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = failed;
  if (failed == 0) waitpid(child, &status, 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (status != 0) throw std::runtime_error("cannot run " + program + "; `ninja benchmarks` builds it");
  Outcome outcome{.values = {}, .seconds = took.count()};
  std::istringstream words(said);
  for (std::string key; words >> key;) words >> outcome.values[key];
  return outcome;
}

}  // namespace

void job_workloads(Report& report) {
  setenv("XGRAD_OFFLINE", "1", 1);  // a benchmark fetches nothing
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const std::string job : {"mnist", "imdb", "reuters", "boston"}) {
    const std::string name = "job_" + job;
    if (!report.wants(name)) continue;
    if (job == "mnist" ? xgrad::datasets::mnist_folder().empty()
                       : job != "boston" && xgrad::detail::find_data({job + ".npz"}).empty()) {
      std::printf("(%s needs its data set in full in $XGRAD_DATA or $KERAS_HOME)\n", name.c_str());
      continue;
    }
    std::vector<double> seconds;
    Outcome last;
    for (int i = 0; i < 5; ++i) {
      last = run((folder / name).string());
      seconds.push_back(last.seconds);
    }
    std::sort(seconds.begin(), seconds.end());
    report.add({name, xgrad::num_threads(), seconds[seconds.size() / 2] * 1e6, "-", 0});
    if (last.values.contains("held_bytes"))
      report.add({name + "_memory", xgrad::num_threads(), last.values["held_bytes"], "needed",
                  last.values["needed_bytes"], "bytes"});
  }
}

}  // namespace bench
