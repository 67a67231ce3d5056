#include "view/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

extern char** environ;

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

namespace xgrad::detail {

namespace {

struct Descriptor {
  int fd = -1;
  ~Descriptor() { close(); }
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

/// Reads what is there. False at the end.
bool drain(int fd, std::string& to) {
  char block[4096];
  const ssize_t got = ::read(fd, block, sizeof block);
  if (got > 0) to.append(block, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& command, const std::string& input, double seconds) {
  ChildResult result;
  ChildResult nobody;
  nobody.found = false;
  int in[2], out[2], err[2];
  // A socket, and not a pipe: a write to a program that has gone is then an error, and no signal.
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, in) != 0) return nobody;
  Descriptor to_child{in[0]}, child_in{in[1]};
  if (::pipe(out) != 0) return nobody;
  Descriptor from_child{out[0]}, child_out{out[1]};
  if (::pipe(err) != 0) return nobody;
  Descriptor errors{err[0]}, child_err{err[1]};
  for (int fd : {in[0], in[1], out[0], out[1], err[0], err[1]}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
  const int on = 1;
  ::setsockopt(to_child.fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, child_in.fd, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out.fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_err.fd, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  // A group of its own, so that what the program starts can be ended with it; and no signal that we ignore.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return nobody;
  child_in.close();
  child_out.close();
  child_err.close();

  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::size_t written = 0;
  if (input.empty()) to_child.close();
  while (from_child.fd >= 0 || errors.fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) {
      result.timed_out = true;
      ::kill(-child, SIGKILL);
      break;
    }
    pollfd all[3] = {{to_child.fd, POLLOUT, 0}, {from_child.fd, POLLIN, 0}, {errors.fd, POLLIN, 0}};
    if (::poll(all, 3, static_cast<int>(left)) < 0 && errno != EINTR) break;
    if (to_child.fd >= 0 && all[0].revents != 0) {
      const ssize_t sent =
          ::send(to_child.fd, input.data() + written, input.size() - written, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) written += static_cast<std::size_t>(sent);
      const bool gone = sent < 0 && errno != EAGAIN && errno != EINTR;
      if (gone || written == input.size()) to_child.close();
    }
    if (from_child.fd >= 0 && all[1].revents != 0 && !drain(from_child.fd, result.output)) from_child.close();
    if (errors.fd >= 0 && all[2].revents != 0 && !drain(errors.fd, result.errors)) errors.close();
  }
  to_child.close();
  // One that has closed its output may still not end.
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(child, &status, result.timed_out ? 0 : WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) break;
    if (ended == 0 && Clock::now() >= end) {
      result.timed_out = true;
      ::kill(-child, SIGKILL);
    } else if (ended == 0) {
      ::poll(nullptr, 0, 1);
    }
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (result.status == 127 && result.output.empty()) result.found = false;  // some systems find out in the child
  return result;
}

}  // namespace xgrad::detail
