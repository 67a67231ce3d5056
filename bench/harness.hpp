#pragma once
// Measuring two ways of doing the same work in one run: interleaved, so that a drifting machine meets both alike.

#include <functional>
#include <string>
#include <vector>

namespace bench {

using Step = std::function<void()>;

/// One line of the result: medians, in microseconds unless `unit` says otherwise.
struct Entry {
  std::string name;
  int threads;
  double ours;
  std::string reference;
  double other;  // 0: there is none, and ours is to be read as it is
  std::string unit = "us";
  double ratio() const { return other > 0 ? ours / other : 0; }
};

/// What the command line asks for.
struct Options {
  std::string filter;  // substring of a workload's name
  std::string json;    // file to write
  std::vector<int> threads{1, 2};
  double seconds = 1;  // a pair of workloads, roughly
  bool serve = false;  // take samples as asked on standard input
  static Options parse(int argc, char** argv);
};

class Report {
 public:
  explicit Report(Options options) : options_(std::move(options)) {}
  bool wants(const std::string& name) const { return name.find(options_.filter) != std::string::npos; }
  const Options& options() const { return options_; }

  /// Times `ours` against `reference` in at least 20 interleaved pairs; `per` divides both figures (operations a step).
  void compare(const std::string& name, int threads, const Step& ours, const std::string& reference, const Step& other,
               double per = 1);
  /// Times `ours` alone.
  void measure(const std::string& name, int threads, const Step& ours, double per = 1);
  /// Prints and keeps what was measured elsewhere.
  void add(const Entry& entry);
  /// Writes the JSON file, if one was asked for.
  void finish() const;

 private:
  Options options_;
  std::vector<Entry> entries_;
};

/// A workload to take samples of; empty where there is none.
struct Sampler {
  Step step;
  double per = 1;
};
/// Takes samples as asked on standard input, so that they can be interleaved with another library's: a workload's name
/// prepares it (answer: "ready", or "none"), an empty line takes a sample (answer: microseconds).
int serve(const std::function<Sampler(const std::string& name)>& find);

}  // namespace bench
