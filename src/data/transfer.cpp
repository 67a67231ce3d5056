#include "data/transfer.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>

namespace xgrad::detail {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t largest = std::int64_t{1} << 31;  // of a file whose size is not known

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

/// A request under way: what libcurl's callbacks see.
struct State {
  const Request& request;
  CURL* handle;
  std::int64_t at;                         // where the next byte goes
  std::int64_t total = 0;                  // of the whole file, as the server says; 0: it does not
  std::optional<std::int64_t> range_from;  // of Content-Range
  std::optional<std::int64_t> range_size;
  bool begun = false;  // the body
  bool resumed = false;
  std::optional<Transfer> verdict{};  // where a callback ends it
};

std::string reason(int code) { return std::system_category().message(code); }
std::string bytes(std::int64_t n) { return std::to_string(n) + (n == 1 ? " byte" : " bytes"); }

long status(CURL* handle) {
  long code = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
  return code;
}

/// "bytes 100-199/200", of which * may stand for the last number.
void read_range(State& s, std::string_view value) {
  const auto number = [&]() -> std::optional<std::int64_t> {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (error != std::errc() || n < 0) return std::nullopt;
    value.remove_prefix(static_cast<std::size_t>(end - value.data()));
    return n;
  };
  while (value.starts_with(' ')) value.remove_prefix(1);
  if (!value.starts_with("bytes ")) return;
  value.remove_prefix(6);
  s.range_from = number();
  if (const auto slash = value.find('/'); slash != value.npos) {
    value.remove_prefix(slash + 1);
    s.range_size = number();
  }
}

std::size_t on_header(char* text, std::size_t, std::size_t size, void* state) {
  State& s = *static_cast<State*>(state);
  const std::string_view line(text, size);
  constexpr std::string_view range = "content-range:";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (line.starts_with("HTTP/")) {
    s.range_from.reset();  // another answer begins: after a redirect
    s.range_size.reset();
  } else if (line.size() > range.size() &&
             std::equal(range.begin(), range.end(), line.begin(), [&](char a, char b) { return a == lower(b); })) {
    read_range(s, line.substr(range.size()));
  }
  return size;
}

/// The first bytes of a body: do they belong where the file ends, or at its beginning? False ends the transfer.
bool begin_body(State& s) {
  s.begun = true;
  const auto end = [&](Transfer::End how, std::string said) {
    s.verdict = Transfer{how, std::move(said)};
    return false;
  };
  const long code = status(s.handle);
  if (code != 200 && code != 206) return end(Transfer::End::refused, "HTTP " + std::to_string(code));
  if (code == 206) {
    if (s.range_from != s.at)
      return end(Transfer::End::bad_range, "it sends another part of the file than the one asked for");
    s.resumed = s.at > 0;
  } else if (s.at > 0) {  // no ranges here: the whole file comes
    if (::ftruncate(s.request.file, 0) != 0) return end(Transfer::End::local, reason(errno));
    s.at = 0;
  }
  curl_off_t length = -1;
  curl_easy_getinfo(s.handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  s.total = code == 206 && s.range_size ? *s.range_size : length >= 0 ? s.at + length : 0;
  if (s.total > 0 && s.request.size > 0 && s.total != s.request.size)
    return end(Transfer::End::refused,
               "it offers " + bytes(s.total) + " where the file has " + std::to_string(s.request.size));
  return true;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* state) {
  State& s = *static_cast<State*>(state);
  if (size == 0) return 0;
  try {
    if (!s.begun && !begin_body(s)) return 0;
    const std::int64_t most = s.request.size > 0 ? s.request.size : largest;
    if (static_cast<std::int64_t>(size) > most - s.at) {
      s.verdict = Transfer{Transfer::End::refused, "it sends more than the file's " + bytes(most)};
      return 0;
    }
    for (std::size_t done = 0; done < size;) {
      const ssize_t n = ::pwrite(s.request.file, data + done, size - done, s.at);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        s.verdict = Transfer{Transfer::End::local, reason(n < 0 ? errno : ENOSPC)};
        return 0;
      }
      done += static_cast<std::size_t>(n);
      s.at += n;
    }
    return size;
  } catch (...) {  // memory is out, and libcurl is C
    return 0;
  }
}

/// A socket for addresses of this machine alone.
curl_socket_t on_socket(void*, curlsocktype, curl_sockaddr* address) {
  bool here = false;
  if (address->family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address->addr);
    here = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  } else if (address->family == AF_INET6) {
    here = IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_addr);
  }
  return here ? ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol) : CURL_SOCKET_BAD;
}

void set_up(CURL* h, State& s, char* message) {
  const Request& r = s.request;
  const bool tls = r.url.starts_with("https:");
  curl_easy_setopt(h, CURLOPT_URL, r.url.c_str());
  // Nothing but the web, whatever a redirect says, and not from TLS to none.
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
#else
  curl_easy_setopt(h, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS,
                   static_cast<long>(tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(h, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_USERAGENT, "xgrad");
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(r.connect.count()));
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, &s);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &s);
  if (r.only_this_machine) {
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  }
  // Not CURLOPT_RESUME_FROM, which fails where a server sends the whole file instead.
  if (r.from > 0) curl_easy_setopt(h, CURLOPT_RANGE, (std::to_string(r.from) + "-").c_str());
}

/// Waits for the end of the request, or for the end of our patience.
CURLcode run(CURLM* multi, State& s, const DownloadLimits& limits) {
  const auto pause = static_cast<int>(std::clamp<std::int64_t>(limits.stall.count() / 4, 1, 200));
  auto begin = Clock::now();
  std::int64_t brought = s.at;
  for (;;) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (s.begun && !s.verdict && s.request.progress) s.request.progress(s.at, std::max(s.total, s.request.size));
    if (running == 0) break;
    curl_multi_poll(multi, nullptr, 0, pause, nullptr);
    if (s.at < brought) brought = 0;  // begun again
    if (Clock::now() - begin < limits.stall) continue;
    if (s.at - brought < limits.least) {
      s.verdict = Transfer{Transfer::End::stalled,
                           "stalled: " + bytes(s.at - brought) + " in " + std::to_string(limits.stall.count()) + " ms"};
      return CURLE_OPERATION_TIMEDOUT;
    }
    begin = Clock::now();
    brought = s.at;
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message ? message->data.result : CURLE_FAILED_INIT;
}

/// The outcome, where no callback has found one.
Transfer judge(const State& s, CURLcode code, const char* message) {
  using End = Transfer::End;
  const std::string said = *message ? message : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_HTTP_RETURNED_ERROR:
      if (status(s.handle) == 416 && s.request.from > 0) return {End::bad_range, "HTTP 416"};
      return {End::refused, "HTTP " + std::to_string(status(s.handle))};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return {End::unreachable, said};
    case CURLE_OPERATION_TIMEDOUT:
      return {End::timed_out, "no connection in " + std::to_string(s.request.connect.count()) + " ms"};
    case CURLE_OUT_OF_MEMORY:
    case CURLE_WRITE_ERROR:  // the callback found no words for it
      throw std::bad_alloc();
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {End::broken_off,
              "broke off after " + bytes(s.at) + (s.request.size > 0 ? " of " + std::to_string(s.request.size) : "") +
                  " (" + said + ")",
              s.resumed};
    default:
      return {End::refused, said};
  }
  const long answer = status(s.handle);
  if (answer != 200 && answer != 206) return {End::refused, "HTTP " + std::to_string(answer)};
  if (!s.begun) return {End::refused, "it sends an empty file"};
  if (s.request.size > 0 && s.at != s.request.size)
    return {End::broken_off, "ended after " + bytes(s.at) + " of " + std::to_string(s.request.size), s.resumed};
  return {End::complete, "", s.resumed};
}

}  // namespace

bool can_transfer() noexcept { return true; }

Transfer transfer(const Request& request, const DownloadLimits& limits) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);  // for the whole process, once
  if (ready != CURLE_OK) return {Transfer::End::refused, curl_easy_strerror(ready)};
  const Multi multi(curl_multi_init(), curl_multi_cleanup);
  const Handle handle(curl_easy_init(), curl_easy_cleanup);
  if (!multi || !handle) throw std::bad_alloc();
  char message[CURL_ERROR_SIZE] = "";
  State state{.request = request, .handle = handle.get(), .at = request.from, .range_from = {}, .range_size = {}};
  set_up(handle.get(), state, message);
  if (curl_multi_add_handle(multi.get(), handle.get()) != CURLM_OK) throw std::bad_alloc();
  const CURLcode code = run(multi.get(), state, limits);
  Transfer result = state.verdict ? *state.verdict : judge(state, code, message);
  if (state.verdict) result.resumed = state.resumed;
#if LIBCURL_VERSION_NUM >= 0x075700
  // A name server that does not answer has had its time: its thread may end by itself.
  if (result.end == Transfer::End::timed_out) curl_easy_setopt(handle.get(), CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_multi_remove_handle(multi.get(), handle.get());
  return result;
}

}  // namespace xgrad::detail
