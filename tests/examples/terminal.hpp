#pragma once
// A program on a pseudo-terminal, as a person sits before it.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <string>

class Terminal {
 public:
  explicit Terminal(const std::string& program) : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(master_ >= 0);
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    const std::string name = ptsname(master_);
    slave_ = open(name.c_str(), O_RDWR | O_NOCTTY);  // stays open, so that its settings can be looked at to the end
    REQUIRE(slave_ >= 0);
    child_ = fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      setsid();
      const int own = open(name.c_str(), O_RDWR);
      ioctl(own, TIOCSCTTY, 0);
      for (int fd = 0; fd < 3; ++fd) dup2(own, fd);
      for (int fd = 3; fd < 64; ++fd) close(fd);
      execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
  }
  ~Terminal() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(slave_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) {
    REQUIRE(write(master_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  /// What appears until this text does; the test fails where it does not within 20 seconds.
  std::string until(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (seen_.find(text) == std::string::npos) {
      CAPTURE(text);
      CAPTURE(seen_);
      REQUIRE(std::chrono::steady_clock::now() < end);
      pollfd waiting{master_, POLLIN, 0};
      if (poll(&waiting, 1, 200) <= 0) continue;
      char block[4096];
      const ssize_t got = read(master_, block, sizeof block);
      REQUIRE(got > 0);
      for (ssize_t i = 0; i < got; ++i)
        if (block[i] != '\r') seen_ += block[i];
    }
    const std::size_t to = seen_.find(text) + text.size();
    std::string result = seen_.substr(0, to);
    seen_.erase(0, to);
    return result;
  }
  /// Types a line, and gives what appears before the next prompt, without the line's echo.
  std::string answer(const std::string& line, const std::string& prompt) {
    type(line + "\n");
    until(line + "\n");
    const std::string text = until(prompt);
    return text.substr(0, text.size() - prompt.size());
  }

  /// The status of the program, once it has ended.
  int status() {
    int result = 0;
    REQUIRE(waitpid(child_, &result, 0) == child_);
    child_ = -1;
    return result;
  }
  termios settings() const {
    termios t{};
    REQUIRE(tcgetattr(slave_, &t) == 0);
    return t;
  }

 private:
  int master_ = -1, slave_ = -1;
  pid_t child_ = -1;
  std::string seen_;
};
