// Files fetched from a local server that fails, stalls, breaks off and lies.

#include "data/fetching.hpp"

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
