#pragma once
// A file to be fetched, a folder for it, and a server that has it in several ways; and what tests do with them.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "data/download.hpp"
#include "data/http_server.hpp"
#include "data/sha256.hpp"
#include "data/support.hpp"

using namespace xgrad;
using namespace std::chrono_literals;
using detail::Fetched;
using detail::RemoteFile;
using support::HttpServer;
using support::MadeHome;

namespace fetching {

inline const detail::DownloadLimits quick{
    .connect = 300ms, .connect_again = 100ms, .stall = 150ms, .least = 500, .tries = 5, .remember = 300ms};

inline std::string hash_of(const std::string& bytes) {
  detail::Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.digest();
}

/// Bytes that look like nothing.
inline std::string noise(std::size_t n, std::uint32_t seed = 1) {
  std::string bytes;
  for (std::size_t i = 0; i < n; ++i) bytes += static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A file, a folder to put it, and a server that has it in several ways.
struct Scene {
  MadeHome home;
  HttpServer server;
  std::string bytes = noise(20000);
  std::string folder = home.cache();
  std::string target = folder + "/set/data.bin", part = target + ".part";

  RemoteFile file(const std::vector<std::string>& paths) const {
    RemoteFile f{"set/data.bin", hash_of(bytes), static_cast<std::int64_t>(bytes.size()), {}};
    for (const std::string& path : paths) f.urls.push_back(server.url(path));
    return f;
  }
  Fetched fetch(const std::vector<std::string>& paths) const {
    return detail::fetch_file("data", file(paths), folder, quick);
  }
  void leave_part(const std::string& what) const {
    std::filesystem::create_directories(folder + "/set");
    std::ofstream(part, std::ios::binary) << what;
  }
  /// It is there, and whole, and nothing else is.
  void check_whole(const Fetched& fetched) const {
    CAPTURE(fetched.problems);
    CHECK(fetched.path == target);
    CHECK(content(target) == bytes);
    CHECK_FALSE(std::filesystem::exists(part));
  }
  /// It is not there, and this is said.
  void check_refused(const Fetched& fetched, const std::vector<std::string>& said) const {
    CAPTURE(fetched.problems);
    CHECK(fetched.path.empty());
    CHECK_FALSE(std::filesystem::exists(target));
    REQUIRE(fetched.problems.size() == said.size());
    for (std::size_t i = 0; i < said.size(); ++i) CHECK(fetched.problems[i].find(said[i]) != std::string::npos);
  }
  /// What was asked: "/path", and "@n" for a range from n on.
  std::string asked() const {
    std::string text;
    for (const HttpServer::Request& r : server.requests())
      text += (text.empty() ? "" : " ") + r.path + (r.from ? "@" + std::to_string(*r.from) : "");
    return text;
  }
};

/// What a function returns in a process of its own, which begins as a copy of this one.
class Child {
 public:
  template <class F>
  explicit Child(F f) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const std::string text = f();
      (void)!::write(ends[1], text.data(), text.size());
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) end(SIGKILL);
    ::close(from_);
  }
  pid_t pid() const { return pid_; }
  void end(int signal) {
    ::kill(pid_, signal);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  std::string result() {
    std::string text;
    char block[4096];
    for (ssize_t n = 0; (n = ::read(from_, block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(n));
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
    return text;
  }

 private:
  pid_t pid_ = -1;
  int from_ = -1;
};

inline std::string told(const Fetched& f) {
  std::string text = f.path;
  for (const std::string& problem : f.problems) text += "\n" + problem;
  return text;
}

/// What is written to the standard error stream meanwhile.
template <class F>
std::string errors_of(const MadeHome& home, F f) {
  const std::string path = home.path("stderr");
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), old = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  f();
  ::dup2(old, STDERR_FILENO);
  ::close(old);
  ::close(file);
  return content(path);
}

template <class F>
bool comes_true(F f) {
  for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(5ms))
    if (f()) return true;
  return false;
}

struct NeedsCurl {
  bool missing = !detail::can_transfer();
  NeedsCurl() {
    if (missing) MESSAGE("skipped: this build has no libcurl");
  }
};

}  // namespace fetching
using namespace fetching;
