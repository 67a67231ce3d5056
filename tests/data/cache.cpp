// Where files are found and put; the loaders, fetching from a local server.

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>

#include "data/catalogue.hpp"
#include "data/files.hpp"
#include "data/http_server.hpp"
#include "data/sha256.hpp"
#include "data/support.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/data/texts.hpp"

using namespace xgrad;
using detail::RemoteFile;
using support::HttpServer;
using support::MadeHome;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void put(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

RemoteFile remote(const std::string& bytes, const std::string& url) {
  detail::Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return {"data.bin", hash.digest(), static_cast<std::int64_t>(bytes.size()), {url}, {"other.bin"}};
}

/// What a function says in a process of its own, on the standard error stream too, as a user who is not root.
template <class F>
std::string said_by_somebody(F f) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
    std::string text;
    try {
      text = f();
    } catch (const std::exception& e) {
      text = e.what();
    }
    (void)!::write(ends[1], text.data(), text.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char block[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(n));
  ::close(ends[0]);
  ::waitpid(pid, nullptr, 0);
  return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("cache: the folders, in Keras's order") {
  MadeHome home;
  const std::string root = home.root().string();
  const auto paths = [] {
    std::vector<std::string> all;
    for (const detail::DataFolder& f : detail::data_folders()) all.push_back(f.path + (f.cache ? "" : " as it is"));
    return all;
  };
  CHECK(paths() == std::vector<std::string>{root + "/keras/datasets", root + "/.keras/datasets",
                                            root + "/datasets as it is", "/usr/share/datasets as it is"});
  home.set("KERAS_HOME", "~/models");
  CHECK(paths().front() == root + "/models/datasets");
  CHECK(detail::cache_folder() == root + "/models/datasets");
  CHECK_FALSE(std::filesystem::exists(root + "/models"));  // until there is something to put there
  home.set("KERAS_HOME", "");
  std::filesystem::create_directories(home.root() / "tmp");
  home.set("TMPDIR", root + "/tmp");
  home.set("XGRAD_DATA", "");
  CHECK(paths() == std::vector<std::string>{root + "/.keras/datasets", root + "/tmp/.keras/datasets",
                                            "/usr/share/datasets as it is"});
  CHECK(detail::cache_folder() == root + "/.keras/datasets");
  // Where nothing can be made in it, the folder for temporary files; but not through somebody's link.
  put(root + "/a file", "x");
  home.set("KERAS_HOME", root + "/a file");
  CHECK(detail::cache_folder() == root + "/tmp/.keras/datasets");
  std::filesystem::create_symlink(root, root + "/tmp/.keras");
  CHECK(detail::cache_folder() == root + "/a file/datasets");
}

TEST_CASE("cache: a KERAS_HOME that can only be read") {
  if (!detail::can_transfer()) return;
  MadeHome home;
  HttpServer server;
  const std::string bytes = "all that there is";
  server.at("/data", HttpServer::file(bytes));
  const RemoteFile file = remote(bytes, server.url("/data"));
  std::filesystem::create_directories(home.root() / "tmp");
  home.set("TMPDIR", (home.root() / "tmp").string());
  std::filesystem::create_directories(home.cache());
  using std::filesystem::perms;
  std::filesystem::permissions(home.root() / "tmp", perms::all);
  for (const char* folder : {"keras/datasets", "keras"})
    std::filesystem::permissions(home.root() / folder,
                                 perms::owner_read | perms::owner_exec | perms::others_read | perms::others_exec);
  const auto get = [&] { return detail::need_data("data", file, Loc()); };
  const std::string elsewhere = (home.root() / "tmp/.keras/datasets/data.bin").string();
  // Fetched to the folder for temporary files, and found there.
  CHECK(has(said_by_somebody(get), elsewhere + " is there"));
  CHECK(said_by_somebody(get) == elsewhere);
  CHECK(server.requests().size() == 1);
  std::filesystem::permissions(home.root() / "keras/datasets", perms::all);
  put(home.cache() + "/data.bin", bytes);
  CHECK(said_by_somebody(get) == home.cache() + "/data.bin");
  std::filesystem::permissions(home.root() / "keras", perms::all);
}

TEST_CASE("cache: a file with the wrong hash is said, and fetched anew; one of the user's own is taken as it is") {
  if (!detail::can_transfer()) return;
  const MadeHome home;
  HttpServer server;
  const std::string bytes = "all that there is", damaged = "all that thxre is";
  const RemoteFile file = remote(bytes, server.url("/data"));
  const std::string path = home.cache() + "/data.bin";
  put(path, damaged);
  const auto get = [&] { return detail::need_data("data", file, Loc()); };
  CHECK_THROWS_WITH_AS(get(), doctest::Contains(("got " + path + ", which is damaged (its SHA-256 is ").c_str()),
                       IoError);
  CHECK_THROWS_WITH_AS(get(), doctest::Contains((server.url("/data") + ": HTTP 404").c_str()), IoError);
  CHECK(content(path) == damaged);  // not deleted
  put(path, damaged.substr(3));
  CHECK_THROWS_WITH_AS(get(), doctest::Contains("it has 14 bytes, and should have 17"), IoError);
  server.at("/data", HttpServer::file(bytes));
  const std::size_t before = server.requests().size();
  CHECK(get() == path);
  CHECK(content(path) == bytes);
  CHECK(get() == path);
  CHECK(server.requests().size() == before + 1);
  // Another name that the file goes by, and the user's own folder.
  std::filesystem::rename(path, home.cache() + "/other.bin");
  CHECK(get() == home.cache() + "/other.bin");
  std::filesystem::remove(home.cache() + "/other.bin");
  home.write("data.bin", "my own");
  CHECK(get() == home.path("data.bin"));
  CHECK(server.requests().size() == before + 1);
}

TEST_CASE("cache: what cannot be had: where it was looked for, who was asked, how to get it by hand") {
  MadeHome home;
  home.set("KERAS_HOME", (home.root() / "it's").string());
  const RemoteFile file = remote("x", "https://example.invalid/data");
  const std::string folder = home.root().string() + "/it's/datasets";
  const auto says = [&](const std::string& part) {
    CAPTURE(part);
    CHECK_THROWS_WITH_AS(detail::need_data("data", file, Loc::current()), doctest::Contains(part.c_str()), IoError);
  };
  says("IoError: xgrad::data: needs the file data.bin; got none in " + folder + ", " + home.root().string() +
       "/.keras/datasets, ");
  says(", /usr/share/datasets, and could not fetch it. By hand: curl -fL --create-dirs -o '" + home.root().string() +
       "/it'\\''s/datasets/data.bin' https://example.invalid/data\n  at data/cache.cpp:");
  says(detail::can_transfer() ? "\n  XGRAD_OFFLINE is set, so nobody was asked"
                              : "\n  this build of xgrad has no libcurl, and fetches nothing");
}

TEST_CASE("the catalogue: hashes, sizes and sources") {
  std::vector<RemoteFile> all = detail::mnist_idx_files();
  all.insert(all.end(), detail::fashion_mnist_files().begin(), detail::fashion_mnist_files().end());
  for (const char* name : {"mnist.npz", "imdb.npz", "imdb_word_index.json", "reuters.npz", "reuters_word_index.json",
                           "boston_housing.npz", "california_housing.npz", "cifar-10-batches-py-target_archive"})
    all.push_back(detail::keras_file(name));
  const char* keras = std::getenv("KERAS_HOME");
  for (const RemoteFile& file : all) {
    CAPTURE(file.name);
    CHECK(file.sha256.size() == 64);
    CHECK(file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(file.size > 0);
    CHECK(file.urls.size() >= 1);
    for (const std::string& url : file.urls) CHECK(url.starts_with("http"));
    // What Keras has put there is what we would fetch.
    const std::string path = (keras ? keras : "") + ("/datasets/" + file.name);
    if (std::filesystem::exists(path)) CHECK(detail::fault_of(path, file) == "");
  }
}

TEST_CASE("loaders: each asks for its own file, and refuses another") {
  if (!detail::can_transfer()) return;
  MadeHome home;
  HttpServer server;
  home.set("XGRAD_MIRROR", server.url(""));
  const auto asks = [&](const std::string& name, std::int64_t size, auto load) {
    CAPTURE(name);
    server.at("/" + name, HttpServer::file(std::string(static_cast<std::size_t>(size), 'x')));
    const std::size_t before = server.requests().size();
    CHECK_THROWS_WITH_AS(load(), doctest::Contains(("needs the file " + name).c_str()), IoError);
    REQUIRE(server.requests().size() == before + 1);
    CHECK(server.requests().back().path == "/" + name);
    CHECK_THROWS_WITH_AS(load(), doctest::Contains("it sends another file: SHA-256 "), IoError);
    CHECK_FALSE(std::filesystem::exists(home.cache() + "/" + name));
  };
  asks("imdb.npz", 17464789, [] { datasets::imdb(); });
  asks("imdb_word_index.json", 1641221, [] { datasets::imdb_word_index(); });
  asks("reuters.npz", 2110848, [] { datasets::reuters(); });
  asks("reuters_word_index.json", 550378, [] { datasets::reuters_word_index(); });
  asks("california_housing.npz", 743530, [] { datasets::california_housing(); });
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
    asks("fashion-mnist/train-images-idx3-ubyte.gz", 26421880, [] { datasets::fashion_mnist(); });
  server.at("/cifar-10-batches-py-target_archive", HttpServer::file("too short"));  // the right size is 170 MB
  CHECK_THROWS_WITH_AS(datasets::cifar10(), doctest::Contains("it offers 9 bytes where the file has 170498071"),
                       IoError);
}

TEST_CASE("loaders: Boston is not fetched, since what ships is the same; a damaged file is said") {
  MadeHome home;
  HttpServer server;
  home.set("XGRAD_MIRROR", server.url(""));
  CHECK(datasets::boston_housing().train.x.shape() == Shape{404, 13});
  CHECK(server.requests().empty());
  put(home.cache() + "/boston_housing.npz", "not whole");
  std::filesystem::permissions(home.root(), std::filesystem::perms::all);
  const std::string said = said_by_somebody([] { return datasets::boston_housing().train.x.shape().to_string(); });
  CHECK(has(said, "xgrad::datasets::boston_housing: " + home.cache() +
                      "/boston_housing.npz is damaged (it has 9 bytes, and should have 57026); these are the same 506 "
                      "samples, as they ship with xgrad\n"));
  CHECK(has(said, "[404,13]"));
}

TEST_CASE("loaders: MNIST is fetched, else what ships is used, and this said once; a damaged file is refused") {
  if (!detail::can_transfer()) return;
  MadeHome home;
  HttpServer server;
  home.set("XGRAD_MIRROR", server.url(""));
  std::filesystem::permissions(home.root(), std::filesystem::perms::all);
  std::filesystem::create_directories(home.cache());
  std::filesystem::permissions(home.cache(), std::filesystem::perms::all);
  const auto load = [] {
    const auto [train, test] = datasets::mnist();
    return train.x.shape().to_string() + datasets::mnist().test.x.shape().to_string();
  };
  const std::string said = said_by_somebody(load);
  CAPTURE(said);
  CHECK(has(said,
            "xgrad::datasets::mnist: the full data set is not on this machine and could not be fetched (" +
                server.url("/mnist.npz") +
                ": HTTP 404), so these are the 10,000 digits that ship with xgrad: 9,000 to train, 1,000 to test\n"));
  CHECK(said.find("the full data set") == said.rfind("the full data set"));
  CHECK(has(said, "[9000,28,28][1000,28,28]"));
  std::vector<std::string> asked;
  for (const auto& r : server.requests()) asked.push_back(r.path);
  CHECK(asked == std::vector<std::string>{"/mnist.npz", "/mnist/train-images-idx3-ubyte.gz"});

  home.set("XGRAD_MIRROR", "");  // nobody to ask: at once
  CHECK(has(said_by_somebody(load), "could not be fetched (XGRAD_OFFLINE is set, so nobody was asked), so these"));
  put(home.cache() + "/mnist.npz", "half");
  CHECK(has(said_by_somebody(load), "mnist.npz, which is damaged (it has 4 bytes, and should have 11490434)"));
}

TEST_CASE("loaders: real files, from a mirror that is a folder of Keras's") {
  if (!detail::can_transfer() || !support::has_keras_file("reuters.npz") ||
      !support::has_keras_file("reuters_word_index.json"))
    return;
  const std::string keras = std::string(std::getenv("KERAS_HOME")) + "/datasets/";
  MadeHome home;
  HttpServer server;
  home.set("XGRAD_MIRROR", server.url("/keras"));
  const std::string texts = content(keras + "reuters.npz"), words = content(keras + "reuters_word_index.json");
  server.at("/keras/reuters.npz", HttpServer::broken_off(texts, 1000000));
  server.at("/keras/reuters_word_index.json", HttpServer::file(words));
  CHECK(datasets::reuters().train.x.size() == 8982);
  CHECK(datasets::reuters_word_index().size() == 30979);
  CHECK(server.requests().size() == 4);  // three pieces of the first
  CHECK(datasets::reuters().test.x.size() == 2246);
  CHECK(server.requests().size() == 4);
  // Damaged in the cache: fetched anew, without a word from the user.
  put(home.cache() + "/reuters_word_index.json", words.substr(0, 500000));
  CHECK(datasets::reuters_word_index().size() == 30979);
  CHECK(content(home.cache() + "/reuters_word_index.json") == words);
}
