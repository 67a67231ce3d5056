#pragma once
// One request of a file over HTTP, with libcurl. What is done about its outcome is decided in download.cpp.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace xgrad::detail {

/// How long a source may keep us waiting.
struct DownloadLimits {
  std::chrono::milliseconds connect{4000};        ///< until a connection stands: name, TCP, TLS
  std::chrono::milliseconds connect_again{1500};  ///< the same, once one source of this process has let us wait in vain
  std::chrono::milliseconds stall{15000};         ///< a time that has to bring `least` bytes
  std::int64_t least = 15000;
  int tries = 5;                              ///< of one source that breaks off, as long as each brings bytes
  std::chrono::milliseconds remember{60000};  ///< for how long a host that could not be reached is not asked again
};

/// What came of a request.
struct Transfer {
  enum class End {
    complete,     ///< the server has sent all that it means to
    broken_off,   ///< the connection closed before that
    stalled,      ///< alive, but too slow
    refused,      ///< another status, another size, too many redirects, no TLS
    bad_range,    ///< an answer that does not go on where the file ends
    unreachable,  ///< no such host, or nobody there
    timed_out,    ///< no connection in time
    local,        ///< the file cannot be written
  };
  End end = End::refused;
  std::string said;      ///< in words, unless complete
  bool resumed = false;  ///< what was there before is part of the file
};

struct Request {
  std::string url;                    ///< http or https
  int file = -1;                      ///< written from `from` on; from the start if the server knows no ranges
  std::int64_t from = 0;              ///< bytes that are there
  std::int64_t size = 0;              ///< of the whole; 0 where it is not known
  std::chrono::milliseconds connect;  ///< time for the connection
  bool only_this_machine = false;     ///< connects to loopback addresses alone, whatever a redirect says
  std::function<void(std::int64_t, std::int64_t)> progress;  ///< bytes there, of how many (0: not known)
};

/// Whether this build has libcurl.
bool can_transfer() noexcept;

/// Throws only std::bad_alloc.
Transfer transfer(const Request& request, const DownloadLimits& limits);

}  // namespace xgrad::detail
