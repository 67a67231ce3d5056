#include "harness.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const Step& step, int times) {
  const auto begin = Clock::now();
  for (int i = 0; i < times; ++i) step();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// How many runs make a sample of some length: by default one that the clock resolves well.
int runs_per_sample(const Step& step, double seconds = 1e-3) {
  for (int i = 0; i < 5; ++i) step();  // warm: pools, caches, threads
  int times = 1;
  while (seconds_of(step, times) < seconds && times < (1 << 20)) times *= 2;
  return times;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Options Options::parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 < argc) return argv[++i];
      std::fprintf(stderr, "bench: %s needs a value\n", word.c_str());
      std::exit(2);
    };
    if (word == "--json") {
      o.json = value();
    } else if (word == "--threads") {
      o.threads.clear();
      const std::string list = value();
      for (const char* p = list.c_str(); *p;) {
        o.threads.push_back(std::max(1, std::atoi(p)));
        while (*p && *p++ != ',') {
        }
      }
    } else if (word == "--seconds") {
      o.seconds = std::atof(value().c_str());
    } else if (word == "--serve") {
      o.serve = true;
    } else if (word.starts_with("--")) {
      std::fprintf(stderr, "bench: unknown option %s (known: --json FILE, --threads 1,2, --seconds S)\n", word.c_str());
      std::exit(2);
    } else {
      o.filter = word;
    }
  }
  return o;
}

void Report::compare(const std::string& name, int threads, const Step& ours, const std::string& reference,
                     const Step& other, double per) {
  const int a_runs = runs_per_sample(ours), b_runs = runs_per_sample(other);
  std::vector<double> a, b;
  const auto end = Clock::now() + std::chrono::duration<double>(options_.seconds);
  while (a.size() < 20 || Clock::now() < end) {
    a.push_back(seconds_of(ours, a_runs) / a_runs);
    b.push_back(seconds_of(other, b_runs) / b_runs);
  }
  add({name, threads, median(a) * 1e6 / per, reference, median(b) * 1e6 / per});
}

void Report::measure(const std::string& name, int threads, const Step& ours, double per) {
  const int runs = runs_per_sample(ours);
  std::vector<double> a;
  const auto end = Clock::now() + std::chrono::duration<double>(options_.seconds / 2);
  while (a.size() < 20 || Clock::now() < end) a.push_back(seconds_of(ours, runs) / runs);
  add({name, threads, median(a) * 1e6 / per, "-", 0});
}

void Report::add(const Entry& e) {
  if (entries_.empty())
    std::printf("%-22s %7s %12s  %-14s %12s %7s\n", "name", "threads", "ours us", "reference", "us", "ratio");
  const std::string unit = e.unit == "us" ? "" : "  (" + e.unit + ")";
  const int digits = e.unit == "us" ? 3 : 0;
  if (e.other > 0) {
    std::printf("%-22s %7d %12.*f  %-14s %12.*f %7.3f%s\n", e.name.c_str(), e.threads, digits, e.ours,
                e.reference.c_str(), digits, e.other, e.ratio(), unit.c_str());
  } else {
    std::printf("%-22s %7d %12.*f  %-14s%s\n", e.name.c_str(), e.threads, digits, e.ours, "-", unit.c_str());
  }
  std::fflush(stdout);
  entries_.push_back(e);
}

void Report::finish() const {
  if (options_.json.empty()) return;
  std::ofstream out(options_.json);
  out << "[\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& e = entries_[i];
    out << "  {\"name\": \"" << e.name << "\", \"threads\": " << e.threads << ", \"ours_" << e.unit << "\": " << e.ours
        << ", \"reference\": \"" << e.reference << "\", \"reference_" << e.unit << "\": " << e.other
        << ", \"ratio\": " << e.ratio() << "}" << (i + 1 < entries_.size() ? "," : "") << "\n";
  }
  out << "]\n";
  if (!out.flush()) {
    std::fprintf(stderr, "bench: cannot write %s\n", options_.json.c_str());
    std::exit(1);
  }
}

int serve(const std::function<Sampler(const std::string&)>& find) {
  Sampler now;
  int runs = 0;
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty()) {
      now = find(line);
      if (now.step) runs = runs_per_sample(now.step, 0.02);
      std::cout << (now.step ? "ready" : "none") << std::endl;
    } else if (now.step) {
      seconds_of(now.step, runs);  // threads that slept while the other process ran take a while to find their cores
      std::cout << seconds_of(now.step, runs) / runs / now.per * 1e6 << std::endl;
    }
  }
  return 0;
}

}  // namespace bench
