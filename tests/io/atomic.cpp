// Writing files: what cannot be written, writes that fail, and writes that are killed.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "io/files.hpp"
#include "support/scratch.hpp"
#include "xgrad/io/npz.hpp"
#include "xgrad/io/safetensors.hpp"

using namespace xgrad;
using namespace files;

TEST_CASE("safetensors: what cannot be read or written") {
  const Scratch folder;
  const std::string file = folder.write("file", "old");
  const auto reads = [&](const std::string& path) { return message([&] { load_safetensors(path); }); };
  const std::string cannot_read = "IoError: xgrad::load_safetensors: needs a file that can be read; got ";
  CHECK(reads(folder / "no") == cannot_read + (folder / "no") + " (No such file or directory)");
  CHECK(reads(folder / "") == cannot_read + (folder / "") + " (a folder)");
  CHECK(reads("/dev/null") == cannot_read + "/dev/null (something that is no file)");

  for (bool npz : {false, true}) {
    const auto writes = [&](const std::string& path) {
      return message([&] { npz ? save_npz(path, simple()) : save_safetensors(path, simple()); });
    };
    const std::string cannot_write = std::string("IoError: xgrad::") + (npz ? "save_npz" : "save_safetensors") +
                                     ": needs a file that can be written; got ";
    CHECK(writes(folder / "no/a") == cannot_write + (folder / "no/a") + " (No such file or directory)");
    CHECK(writes(file + "/a") == cannot_write + file + "/a (Not a directory)");
    CHECK(writes(folder / "") == cannot_write + (folder / "") + " (a folder)");
    CHECK(writes("/dev/null") == cannot_write + "/dev/null (something that is no file)");
    if (::geteuid() != 0) {
      std::filesystem::permissions(folder / "",
                                   std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
      CHECK(writes(file) == cannot_write + file + " (Permission denied)");
      std::filesystem::permissions(folder / "", std::filesystem::perms::owner_all);
    }
    CHECK(Scratch::read(file) == "old");
  }
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("safetensors and npz: a write that fails leaves the old file, and nothing beside it") {
  const Scratch folder;
  const std::string file = folder.write("file", "old");
  const NamedArrays large{{"a", ones({1000})}, {"b", ones({100000})}};
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, old.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string safetensors = message([&] { save_safetensors(file, large); });
  const std::string npz = message([&] { save_npz(file, large); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  CHECK(safetensors ==
        "IoError: xgrad::save_safetensors: needs a file that can be written; got " + file + " (File too large)");
  CHECK(npz.starts_with("IoError: xgrad::save_npz: needs a file that can be written; got " + file + " ("));
  CHECK(npz.find("File too large") != std::string::npos);
  CHECK(Scratch::read(file) == "old");
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("safetensors and npz: links are followed, permissions kept, relative paths written") {
  using std::filesystem::perms;
  const Scratch folder;
  const std::string file = folder.write("file", "old");
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
  std::filesystem::create_symlink("file", folder / "link");
  for (bool npz : {false, true}) {
    npz ? save_npz(folder / "link", simple()) : save_safetensors(folder / "link", simple());
    CHECK(std::filesystem::is_symlink(folder / "link"));
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
    CHECK((npz ? load_npz(file).size() : load_safetensors(file).arrays.size()) == 2);
  }
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  save_safetensors("relative", simple());
  std::filesystem::current_path(before);
  CHECK(load_safetensors(folder / "relative").arrays.size() == 2);
}

TEST_CASE("safetensors and npz: killed at any moment, the file is one of the two, whole") {
  const Scratch folder;
  const std::string path = folder / "file";
  const NamedArrays versions[] = {{{"w", zeros({40000})}}, {{"w", ones({60000})}, {"b", ones({2})}}};
  for (bool npz : {false, true}) {
    const auto save = [&](int v) { npz ? save_npz(path, versions[v]) : save_safetensors(path, versions[v]); };
    save(0);
    for (int round = 0; round < 25; ++round) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        for (int v = 1;; v = 1 - v) save(v);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(700 + 391 * round));
      ::kill(child, SIGKILL);
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      REQUIRE(WIFSIGNALED(status));
      std::map<std::string, Array> read;
      if (npz) {
        read = load_npz(path);
      } else {
        for (auto& [name, array] : load_safetensors(path).arrays) read.emplace(name, array);
      }
      const NamedArrays& version = versions[read.size() - 1];
      for (const auto& [name, array] : version) REQUIRE(same(read.at(name), array));
    }
  }
}
