// Files fetched from a local server that fails, stalls, breaks off and lies.

#include "data/download.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "data/http_server.hpp"
#include "data/sha256.hpp"
#include "data/support.hpp"

using namespace xgrad;
using namespace std::chrono_literals;
using detail::Fetched;
using detail::RemoteFile;
using support::HttpServer;
using support::MadeHome;

namespace {

const detail::DownloadLimits quick{
    .connect = 300ms, .connect_again = 100ms, .stall = 150ms, .least = 500, .tries = 5, .remember = 300ms};

std::string hash_of(const std::string& bytes) {
  detail::Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.digest();
}

/// Bytes that look like nothing.
std::string noise(std::size_t n, std::uint32_t seed = 1) {
  std::string bytes;
  for (std::size_t i = 0; i < n; ++i) bytes += static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

std::string content(const std::string& path) {
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

std::string told(const Fetched& f) {
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

}  // namespace

TEST_CASE("fetch: a server as it should be; the folder is made, and two lines are said") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/good", HttpServer::file(s.bytes));
  Fetched fetched;
  const std::string errors = errors_of(s.home, [&] { fetched = s.fetch({"/good"}); });
  s.check_whole(fetched);
  CHECK(s.asked() == "/good");
  CHECK(errors == "xgrad::datasets::data: fetching set/data.bin (20.0 kB) from " + s.server.url("/good") +
                      "\nxgrad::datasets::data: " + s.target + " is there (20.0 kB, verified)\n");
  // Who comes later finds it, and asks nobody.
  CHECK(s.fetch({"/good"}).path == s.target);
  CHECK(s.asked() == "/good");
  CHECK_FALSE(std::filesystem::exists(s.part));
}

TEST_CASE("fetch: one source after the other, and what each said") {
  if (NeedsCurl().missing) return;
  Scene s;
  const std::string other = noise(s.bytes.size(), 2);
  s.server.at("/500", HttpServer::status(500));
  s.server.at("/closes", HttpServer::raw(""));
  s.server.at("/nonsense", HttpServer::raw("what?\r\n\r\n"));
  s.server.at("/loop", HttpServer::redirect("/loop"));
  s.server.at("/away", HttpServer::redirect("file:///etc/passwd"));
  s.server.at("/other", HttpServer::file(other));
  s.server.at("/short", HttpServer::file(s.bytes.substr(0, 5000)));
  s.server.at("/long", HttpServer::file(s.bytes + "more"));
  s.server.at("/empty", HttpServer::file(""));
  s.server.at("/endless", [&](const HttpServer::Peer& peer, const HttpServer::Request&) {
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (peer.send(other)) {
    }
  });
  s.server.at("/204", HttpServer::raw("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
  s.server.at("/good", HttpServer::redirect("/moved"));
  s.server.at("/moved", HttpServer::file(s.bytes));
  const std::vector<std::string> bad{"/404", "/500",   "/closes", "/nonsense", "/loop",  "/away",
                                     "/204", "/other", "/short",  "/long",     "/empty", "/endless"};
  const std::vector<std::string> said{
      s.server.url("/404") + ": HTTP 404",
      s.server.url("/500") + ": HTTP 500",
      s.server.url("/closes") + ": broke off after 0 bytes of 20000 (Empty reply",
      s.server.url("/nonsense") + ": Received HTTP/0.9",
      s.server.url("/loop") + ": Maximum (5) redirects followed",
      s.server.url("/away") + ": Protocol \"file\"",
      s.server.url("/204") + ": HTTP 204",
      s.server.url("/other") + ": it sends another file: SHA-256 " + hash_of(other) + ", and not " + hash_of(s.bytes),
      s.server.url("/short") + ": it offers 5000 bytes where the file has 20000",
      s.server.url("/long") + ": it offers 20004 bytes where the file has 20000",
      s.server.url("/empty") + ": it sends an empty file",
      s.server.url("/endless") + ": it sends more than the file's 20000 bytes"};
  const Fetched nothing = s.fetch(bad);
  s.check_refused(nothing, said);
  CHECK_FALSE(nothing.no_network);
  CHECK_FALSE(std::filesystem::exists(s.part));
  // With a good one at the end, all is well.
  std::vector<std::string> all = bad;
  all.push_back("/good");
  s.check_whole(s.fetch(all));
}

TEST_CASE("fetch: the size is not known") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/good", HttpServer::file(s.bytes));
  s.server.at("/chunks", HttpServer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                         "5\r\nhello\r\n0\r\n\r\n"));
  RemoteFile file = s.file({"/chunks", "/good"});
  file.size = 0;
  s.check_whole(detail::fetch_file("data", file, s.folder, quick));
  CHECK(s.asked() == "/chunks /good");
  // A part that is already whole: the server has nothing to add.
  std::filesystem::remove(s.target);
  s.leave_part(s.bytes);
  s.check_whole(detail::fetch_file("data", file, s.folder, quick));
}

TEST_CASE("fetch: a connection that breaks off is taken up where it broke, also by another source") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/breaks", HttpServer::broken_off(s.bytes, 6000));
  s.check_whole(s.fetch({"/breaks"}));
  CHECK(s.asked() == "/breaks /breaks@6000 /breaks@12000 /breaks@18000");

  SUBCASE("another source goes on") {
    std::filesystem::remove(s.target);
    s.server.at("/stalls", HttpServer::stalled(s.bytes, 7000));
    s.server.at("/good", HttpServer::file(s.bytes));
    s.check_whole(s.fetch({"/stalls", "/good"}));
    CHECK(s.asked().ends_with("/stalls /good@7000"));
  }
  SUBCASE("one that says it is longer than it is") {
    std::filesystem::remove(s.target);
    s.server.at("/lies", HttpServer::raw(HttpServer::head(200, s.bytes.size()) + s.bytes.substr(0, 9000)));
    s.check_refused(s.fetch({"/lies"}), {"/lies: broke off after 9000 bytes of 20000"});
    CHECK(content(s.part) == s.bytes.substr(0, 9000));  // kept
    s.server.at("/good", HttpServer::file(s.bytes));
    s.check_whole(s.fetch({"/good"}));
    CHECK(s.asked().ends_with("/good@9000"));
  }
}

TEST_CASE("fetch: servers that stall, trickle, or are slow") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/stalls", HttpServer::stalled(s.bytes, 0));
  s.server.at("/silent", [](const HttpServer::Peer& peer, const HttpServer::Request&) { peer.hold(); });
  s.server.at("/trickles", HttpServer::slow(s.bytes, 1, 10ms));
  const auto begin = std::chrono::steady_clock::now();
  const Fetched fetched = s.fetch({"/stalls", "/silent", "/trickles"});
  s.check_refused(
      fetched, {"/stalls: stalled: 0 bytes in 150 ms", "/silent: stalled: 0 bytes in 150 ms", "/trickles: stalled: "});
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
  s.server.at("/slow", HttpServer::slow(s.bytes, 2000, 30ms));  // 300 ms, twice as long as a stall
  s.check_whole(s.fetch({"/slow"}));
}

TEST_CASE("fetch: ranges that are not what they should be") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.leave_part(s.bytes.substr(0, 8000));
  SUBCASE("ignored: the whole file comes, and is taken from its start") {
    s.server.at("/file", HttpServer::file_without_ranges(s.bytes));
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked() == "/file@8000");
  }
  SUBCASE("another part than the one asked for") {
    s.server.at("/file", [&](const HttpServer::Peer& peer, const HttpServer::Request& r) {
      if (!r.from) return HttpServer::file(s.bytes)(peer, r);
      peer.send(HttpServer::head(206, 10000, "Content-Range: bytes 10000-19999/20000\r\n") + s.bytes.substr(10000));
    });
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked() == "/file@8000 /file");
  }
  SUBCASE("refused") {
    s.server.at("/file", [&](const HttpServer::Peer& peer, const HttpServer::Request& r) {
      (r.from ? HttpServer::status(416) : HttpServer::file(s.bytes))(peer, r);
    });
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked() == "/file@8000 /file");
  }
  SUBCASE("always another part") {
    s.server.at("/file", HttpServer::raw(HttpServer::head(206, 3, "Content-Range: bytes 7-9/20000\r\n") + "abc"));
    s.check_refused(s.fetch({"/file"}), {"/file: it sends another part of the file than the one asked for"});
    CHECK(s.asked() == "/file@8000 /file");
  }
  SUBCASE("of a file of another size") {
    s.server.at("/file", HttpServer::file(s.bytes + "more"));
    s.check_refused(s.fetch({"/file"}), {"/file: it offers 20004 bytes where the file has 20000"});
  }
}

TEST_CASE("fetch: a part that is stale, whole, or too long") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/file", HttpServer::file(s.bytes));
  SUBCASE("stale: thrown away, and fetched once more from the start") {
    s.leave_part(noise(8000, 3));
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked() == "/file@8000 /file");
  }
  SUBCASE("whole, but without its name: nobody is asked") {
    s.leave_part(s.bytes);
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked().empty());
  }
  SUBCASE("of the right size, but wrong") {
    s.leave_part(noise(20000, 3));
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked() == "/file");
  }
  SUBCASE("too long") {
    s.leave_part(s.bytes + "more");
    s.check_whole(s.fetch({"/file"}));
    CHECK(s.asked() == "/file");
  }
  SUBCASE("stale, and the source lies as well") {
    s.leave_part(noise(8000, 3));
    s.server.at("/file", HttpServer::file(noise(20000, 4)));
    s.check_refused(s.fetch({"/file"}), {"/file: it sends another file: SHA-256 "});
    CHECK(s.asked() == "/file@8000 /file");
    CHECK_FALSE(std::filesystem::exists(s.part));
  }
}

TEST_CASE("fetch: what is there under the name is replaced only by the right bytes") {
  if (NeedsCurl().missing) return;
  Scene s;
  std::filesystem::create_directories(s.folder + "/set");
  std::ofstream(s.target) << "damaged";
  CHECK(s.fetch({"/404"}).path.empty());
  CHECK(content(s.target) == "damaged");
  s.server.at("/good", HttpServer::file(s.bytes));
  s.check_whole(s.fetch({"/good"}));
}

TEST_CASE("fetch: nobody there; such a host is not asked again at once") {
  if (NeedsCurl().missing) return;
  Scene s;
  std::string gone;
  {
    const HttpServer server;
    gone = server.url("/file");
  }
  RemoteFile file = s.file({});
  file.urls = {gone};
  const Fetched fetched = detail::fetch_file("data", file, s.folder, quick);
  s.check_refused(fetched, {gone + ": Failed to connect to 127.0.0.1"});
  CHECK(fetched.no_network);
  s.check_refused(detail::fetch_file("data", file, s.folder, quick), {gone + ": could not be reached a moment ago"});
  std::this_thread::sleep_for(quick.remember);
  s.check_refused(detail::fetch_file("data", file, s.folder, quick), {gone + ": Failed to connect to 127.0.0.1"});
}

TEST_CASE("fetch: a network that swallows everything costs its time once") {
  if (NeedsCurl().missing) return;
  const Scene s;
  // Sockets that listen, but have no room for those who come.
  std::vector<int> open;
  const auto black_hole = [&] {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener, 0) == 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    open.push_back(listener);
    for (int i = 0; i < 4; ++i) {
      open.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      (void)!::connect(open.back(), reinterpret_cast<sockaddr*>(&address), size);
    }
    return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/file";
  };
  RemoteFile file = s.file({});
  file.urls = {black_hole(), black_hole()};
  detail::DownloadLimits limits = quick;
  limits.connect_again = 200ms;
  limits.remember = 10s;
  limits.stall = 5s;
  const Fetched first = detail::fetch_file("data", file, s.folder, limits);
  s.check_refused(first, {": no connection in 300 ms", ": no connection in 200 ms"});
  CHECK(first.no_network);
  const auto begin = std::chrono::steady_clock::now();
  s.check_refused(detail::fetch_file("data", file, s.folder, limits),
                  {": could not be reached a moment ago", ": could not be reached a moment ago"});
  CHECK(std::chrono::steady_clock::now() - begin < 300ms);
  for (int fd : open) ::close(fd);
}

TEST_CASE("fetch: XGRAD_OFFLINE asks this machine alone, and follows no redirect away from it") {
  if (NeedsCurl().missing) return;
  Scene s;
  RemoteFile file = s.file({});
  file.urls = {"http://192.0.2.1/file", "http://127.0.0.1.example.invalid/file"};
  const auto begin = std::chrono::steady_clock::now();
  const Fetched fetched = detail::fetch_file("data", file, s.folder, quick);
  s.check_refused(fetched, {"XGRAD_OFFLINE is set, so nobody was asked"});
  CHECK(fetched.no_network);
  CHECK_FALSE(std::filesystem::exists(s.folder));  // not even a folder is made
  s.server.at("/away", HttpServer::redirect("http://192.0.2.1/file"));
  const Fetched away = s.fetch({"/away"});
  s.check_refused(away, {"/away: "});
  CHECK(std::chrono::steady_clock::now() - begin < 250ms);
}

TEST_CASE("fetch: a mirror is asked first, under the file's own name") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.home.set("XGRAD_MIRROR", s.server.url("/mirror/"));
  s.server.at("/good", HttpServer::file(s.bytes));
  s.check_whole(s.fetch({"/good"}));
  CHECK(s.asked() == "/mirror/set/data.bin /good");
}

TEST_CASE("fetch: folders that cannot be written") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/good", HttpServer::file(s.bytes));
  std::ofstream(s.home.path("a file")) << "x";
  const std::string folder = s.home.path("a file") + "/datasets";
  const Fetched fetched = detail::fetch_file("data", s.file({"/good"}), folder, quick);
  s.check_refused(fetched, {folder + "/set cannot be made: Not a directory"});
  // A link where the part should be would lead elsewhere.
  std::filesystem::create_directories(s.folder + "/set");
  std::filesystem::create_symlink(s.home.path("elsewhere"), s.part);
  s.check_refused(s.fetch({"/good"}), {s.part + " cannot be written: "});
  CHECK_FALSE(std::filesystem::exists(s.home.path("elsewhere")));
  std::filesystem::remove(s.part);
  std::filesystem::create_directories(s.target);  // a folder has the name
  const Fetched named = s.fetch({"/good"});
  CHECK(named.path.empty());
  CHECK(told(named).find(s.target + " cannot be written: Is a directory") != std::string::npos);
  CHECK(s.asked() == "/good");
}

TEST_CASE("fetch: a full disk") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/file", HttpServer::file(s.bytes));
  s.server.at("/again", HttpServer::file(s.bytes));
  Child child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit few{8192, 8192};
    ::setrlimit(RLIMIT_FSIZE, &few);
    return told(s.fetch({"/file", "/again"}));
  });
  CHECK(child.result() == "\n" + s.part + " cannot be written: File too large");
  CHECK(s.asked() == "/file");  // no other source would help
  CHECK(content(s.part) == s.bytes.substr(0, 8192));
  s.check_whole(s.fetch({"/file"}));
  CHECK(s.asked() == "/file /file@8192");
}

TEST_CASE("fetch: two at once, threads or processes: one fetches, the other waits") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/slow", HttpServer::slow(s.bytes, 2000, 20ms));
  SUBCASE("threads") {
    Fetched one, two;
    std::thread other([&] { one = s.fetch({"/slow"}); });
    two = s.fetch({"/slow"});
    other.join();
    s.check_whole(one);
    s.check_whole(two);
    CHECK(s.asked() == "/slow");
  }
  SUBCASE("processes") {
    Child one([&] { return told(s.fetch({"/slow"})); }), two([&] { return told(s.fetch({"/slow"})); });
    CHECK(one.result() == s.target);
    CHECK(two.result() == s.target);
    CHECK(content(s.target) == s.bytes);
    CHECK_FALSE(std::filesystem::exists(s.part));
    CHECK(s.asked() == "/slow");
  }
  SUBCASE("the first fails: the other tries for itself") {
    s.server.at("/slow", [&](const HttpServer::Peer& peer, const HttpServer::Request& r) {
      if (r.from) return HttpServer::file(s.bytes)(peer, r);
      peer.send(HttpServer::head(200, s.bytes.size()) + s.bytes.substr(0, 4000));
      std::this_thread::sleep_for(100ms);
    });
    detail::DownloadLimits once = quick;
    once.tries = 1;
    Child one([&] { return told(detail::fetch_file("data", s.file({"/slow"}), s.folder, once)); });
    REQUIRE(comes_true([&] { return s.asked() == "/slow"; }));
    s.check_whole(detail::fetch_file("data", s.file({"/slow"}), s.folder, once));
    CHECK(one.result().find("broke off after 4000 bytes of 20000") != std::string::npos);
    CHECK(s.asked() == "/slow /slow@4000");
  }
}

TEST_CASE("fetch: killed in the middle, it goes on from there") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/file", HttpServer::stalled(s.bytes, 11000));
  {
    Child child([&] {
      detail::DownloadLimits patient = quick;
      patient.stall = 60s;
      return told(detail::fetch_file("data", s.file({"/file"}), s.folder, patient));
    });
    REQUIRE(comes_true([&] { return content(s.part).size() == 11000; }));
    child.end(SIGKILL);
  }
  CHECK_FALSE(std::filesystem::exists(s.target));
  s.server.at("/file", HttpServer::file(s.bytes));
  s.check_whole(s.fetch({"/file"}));
  CHECK(s.asked() == "/file /file@11000");
}

TEST_CASE("fetch: on a terminal, one line that is redrawn") {
  if (NeedsCurl().missing) return;
  Scene s;
  s.server.at("/slow", HttpServer::slow(s.bytes, 4000, 110ms));
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    MESSAGE("skipped: no pseudo-terminal here");
    return;
  }
  const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(slave >= 0);
  Child child([&] {
    ::dup2(slave, STDERR_FILENO);
    detail::DownloadLimits patient = quick;
    patient.stall = 10s;
    return told(detail::fetch_file("data", s.file({"/slow"}), s.folder, patient));
  });
  CHECK(child.result() == s.target);
  std::string text;
  char block[4096];
  for (pollfd p{master, POLLIN, 0}; !text.ends_with('\n') && ::poll(&p, 1, 2000) > 0;) {
    const ssize_t n = ::read(master, block, sizeof block);
    if (n <= 0) break;
    text.append(block, static_cast<std::size_t>(n));
  }
  CAPTURE(text);
  const std::string line =
      "\r"
      "xgrad::datasets::data: set/data.bin  ";
  CHECK(text.starts_with(line + "4.0 kB of 20.0 kB  20 %\033[K" + line));
  CHECK(text.find(line + "20.0 kB of 20.0 kB  100 %") != std::string::npos);
  CHECK(text.find("kB/s") != std::string::npos);
  CHECK(text.ends_with("\r\033[Kxgrad::datasets::data: " + s.target + " is there (20.0 kB, verified)\r\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  ::close(slave);
  ::close(master);
}

TEST_CASE("fetch: without libcurl") {
  if (detail::can_transfer()) return;
  const MadeHome home;
  const Fetched fetched = detail::fetch_file("data", {"data.bin", "", 0, {"http://127.0.0.1:1/file"}}, home.cache());
  CHECK(told(fetched) == "\nthis build of xgrad has no libcurl, and fetches nothing");
  CHECK(fetched.no_network);
}
