// Fetching where the network, the folder, the disk or another process is in the way, and what a terminal shows.

#include "data/fetching.hpp"

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
