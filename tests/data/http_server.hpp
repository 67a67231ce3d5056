#pragma once
// A small HTTP server on 127.0.0.1, which does as it is told: also wrongly.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace support {

class HttpServer {
 public:
  struct Request {
    std::string path;
    std::optional<std::int64_t> from;  // of its Range
  };
  /// What is at the other end of a request.
  class Peer {
   public:
    Peer(int fd, const std::atomic<bool>& stop) : fd_(fd), stop_(stop) {}
    /// False where nobody listens any more.
    bool send(const std::string& bytes) const {
      for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (n <= 0) return false;
        done += static_cast<std::size_t>(n);
      }
      return true;
    }
    /// Until the client hangs up, or the server ends.
    void hold() const {
      while (!stop_) {
        pollfd p{fd_, POLLIN, 0};
        char byte = 0;
        if (::poll(&p, 1, 10) > 0 && ::recv(fd_, &byte, 1, 0) <= 0) return;
      }
    }

   private:
    int fd_;
    const std::atomic<bool>& stop_;
  };
  using Answer = std::function<void(const Peer&, const Request&)>;

  HttpServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  ~HttpServer() {
    stop_ = true;
    acceptor_.join();
    ::close(listener_);
    for (std::thread& t : connections_) t.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  void at(const std::string& path, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(answer);
  }
  /// All that was asked, in order.
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static std::string head(int status, std::size_t length, const std::string& more = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " As It Is\r\nContent-Length: " + std::to_string(length) +
           "\r\nConnection: close\r\n" + more + "\r\n";
  }
  /// The head for what was asked of a file, and where that begins.
  static std::pair<std::string, std::size_t> head_for(const Request& r, const std::string& file) {
    if (!r.from) return {head(200, file.size()), 0};
    const auto from = static_cast<std::size_t>(*r.from);
    if (from >= file.size()) return {head(416, 0), file.size()};
    return {head(206, file.size() - from,
                 "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(file.size() - 1) + "/" +
                     std::to_string(file.size()) + "\r\n"),
            from};
  }

  static Answer status(int code) {
    return [=](const Peer& peer, const Request&) { peer.send(head(code, 5) + "sorry"); };
  }
  /// As a server should.
  static Answer file(const std::string& bytes) {
    return [=](const Peer& peer, const Request& r) {
      const auto [head, from] = head_for(r, bytes);
      peer.send(head + bytes.substr(from));
    };
  }
  static Answer file_without_ranges(const std::string& bytes) {
    return [=](const Peer& peer, const Request&) { peer.send(head(200, bytes.size()) + bytes); };
  }
  /// At most so many bytes, then the connection closes.
  static Answer broken_off(const std::string& bytes, std::size_t most) {
    return [=](const Peer& peer, const Request& r) {
      const auto [head, from] = head_for(r, bytes);
      peer.send(head + bytes.substr(from, most));
    };
  }
  /// So many bytes, then none, and the connection stays.
  static Answer stalled(const std::string& bytes, std::size_t most) {
    return [=](const Peer& peer, const Request& r) {
      const auto [head, from] = head_for(r, bytes);
      peer.send(head + bytes.substr(from, most));
      peer.hold();
    };
  }
  static Answer slow(const std::string& bytes, std::size_t piece, std::chrono::milliseconds pause) {
    return [=](const Peer& peer, const Request& r) {
      auto [head, from] = head_for(r, bytes);
      bool listens = peer.send(head);
      for (; listens && from < bytes.size(); from += piece) {
        std::this_thread::sleep_for(pause);
        listens = peer.send(bytes.substr(from, piece));
      }
    };
  }
  static Answer redirect(const std::string& to) {
    return [=](const Peer& peer, const Request&) { peer.send(head(302, 4, "Location: " + to + "\r\n") + "away"); };
  }
  static Answer raw(const std::string& answer) {
    return [=](const Peer& peer, const Request&) { peer.send(answer); };
  }

 private:
  void accept() {
    while (!stop_) {
      pollfd p{listener_, POLLIN, 0};
      if (::poll(&p, 1, 10) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) connections_.emplace_back([this, fd] { talk(fd); });
    }
  }
  void talk(int fd) {
    std::string text;
    char block[4096];
    while (text.find("\r\n\r\n") == text.npos) {
      const ssize_t n = ::recv(fd, block, sizeof block, 0);
      if (n <= 0) break;
      text.append(block, static_cast<std::size_t>(n));
    }
    if (const auto end = text.find(' ', 4); text.starts_with("GET ") && end != text.npos) {
      Request request{text.substr(4, end - 4), {}};
      if (const auto range = text.find("\r\nRange: bytes="); range != text.npos)
        request.from = std::stoll(text.substr(range + 15));
      Answer answer = status(404);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        if (const auto found = answers_.find(request.path); found != answers_.end()) answer = found->second;
      }
      answer(Peer(fd, stop_), request);
    }
    ::shutdown(fd, SHUT_RDWR);
    ::close(fd);
  }

  int listener_, port_ = 0;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::vector<Request> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace support
