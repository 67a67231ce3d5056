#include "data/download.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/part_file.hpp"
#include "data/sha256.hpp"

namespace xgrad::detail {

bool offline() {
  const char* value = std::getenv("XGRAD_OFFLINE");
  return value && *value && std::string_view(value) != "0";
}

std::string fault_of(const std::string& path, const RemoteFile& file) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  std::string fault;
  if (fd < 0 || ::fstat(fd, &status) != 0) {
    fault = std::system_category().message(errno);
  } else if (file.size > 0 && status.st_size != file.size) {
    fault = "it has " + std::to_string(status.st_size) + " bytes, and should have " + std::to_string(file.size);
  } else if (const std::string hash = sha256_of(fd); hash.empty()) {
    fault = std::system_category().message(errno);
  } else if (hash != file.sha256) {
    fault = "its SHA-256 is " + hash + ", and should be " + file.sha256;
  }
  if (fd >= 0) ::close(fd);
  return fault;
}

namespace {

using Clock = std::chrono::steady_clock;
using End = Transfer::End;

/// "https://host:port/path" → "host:port"
std::string host_of(const std::string& url) {
  const std::size_t slashes = url.find("://");
  std::string host = slashes == url.npos ? url : url.substr(slashes + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  return host.substr(host.rfind('@') + 1);  // npos + 1 is 0
}

bool is_this_machine(const std::string& url) {
  const std::string host = host_of(url);
  if (host.starts_with("[::1]")) return true;
  const std::string name = host.substr(0, host.find(':'));
  in_addr address{};
  return name == "localhost" || (::inet_pton(AF_INET, name.c_str(), &address) == 1 && name.starts_with("127."));
}

/// The hosts that this process could not reach, and when.
class Unreachable {
 public:
  static Unreachable& instance() {
    static Unreachable hosts;
    return hosts;
  }
  void add(const std::string& url, bool waited) {
    const std::lock_guard lock(mutex_);
    hosts_[host_of(url)] = Clock::now();
    if (waited) waited_ = Clock::now();
  }
  bool has(const std::string& url, std::chrono::milliseconds within) {
    const std::lock_guard lock(mutex_);
    const auto found = hosts_.find(host_of(url));
    return found != hosts_.end() && Clock::now() - found->second < within;
  }
  /// Whether one of them has used up its time.
  bool waited(std::chrono::milliseconds within) {
    const std::lock_guard lock(mutex_);
    return waited_ && Clock::now() - *waited_ < within;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Clock::time_point> hosts_;
  std::optional<Clock::time_point> waited_;
};

std::string megabytes(std::int64_t bytes) {
  char text[32];
  if (bytes < 100000)
    std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
  else
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

/// What a person sees of it.
class Report {
 public:
  Report(const char* operation, const std::string& name)
      : prefix_(std::string("xgrad::datasets::") + operation + ": "), name_(name) {}
  ~Report() { end_line(); }

  void say(const std::string& sentence) {
    end_line();
    std::fprintf(stderr, "%s%s\n", prefix_.c_str(), sentence.c_str());
  }
  void progress(const std::string& url, std::int64_t at, std::int64_t total) {
    const auto now = Clock::now();
    if (!terminal_) {
      if (!std::exchange(begun_, true))
        say("fetching " + name_ + (total > 0 ? " (" + megabytes(total) + ")" : "") + " from " + url);
      return;
    }
    if (!begun_) first_ = at, start_ = now;
    if (std::exchange(begun_, true) && now - drawn_ < std::chrono::milliseconds(100) && at != total) return;
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double speed = seconds > 0.2 ? static_cast<double>(at - first_) / seconds : 0;
    std::string line = prefix_ + name_ + "  " + megabytes(at);
    if (total > 0) line += " of " + megabytes(total) + "  " + std::to_string(100 * at / total) + " %";
    if (speed > 0) {
      line += "  " + megabytes(static_cast<std::int64_t>(speed)) + "/s";
      if (total > at)
        line += "  " + std::to_string(static_cast<int>(static_cast<double>(total - at) / speed + 1)) + " s";
    }
    std::fprintf(stderr, "\r%s\033[K", line.c_str());
    line_open_ = true;
  }
  void done(const std::string& path, std::int64_t size) {
    if (line_open_) std::fprintf(stderr, "\r\033[K"), line_open_ = false;
    say(path + " is there (" + megabytes(size) + ", verified)");
  }

 private:
  void end_line() {
    if (std::exchange(line_open_, false)) std::fputc('\n', stderr);
  }

  std::string prefix_, name_;
  bool terminal_ = ::isatty(STDERR_FILENO) == 1, begun_ = false, line_open_ = false;
  Clock::time_point start_{}, drawn_{};
  std::int64_t first_ = 0;
};

/// Fetches one file, source by source.
class Fetching {
 public:
  Fetching(const char* operation, const RemoteFile& file, const std::string& folder, const DownloadLimits& limits)
      : file_(file), limits_(limits), target_(folder + "/" + file.name), report_(operation, file.name) {}

  Fetched run() {
    const std::vector<std::string> sources = allowed_sources();
    if (sources.empty()) {
      result_.no_network = true;
      return std::move(result_);
    }
    PartFile part(target_, [&] { report_.say("another is fetching " + file_.name + "; waiting for it"); });
    if (!part.problem().empty()) {
      result_.problems.push_back(part.problem());
      return std::move(result_);
    }
    if (::access(target_.c_str(), F_OK) == 0 && fault_of(target_, file_).empty()) {  // another has brought it
      part.remove();
      result_.path = target_;
      return std::move(result_);
    }
    if (file_.size > 0 && part.size() >= file_.size && finish(part)) return std::move(result_);
    bool reached = false;
    for (const std::string& url : sources) {
      if (Unreachable::instance().has(url, limits_.remember)) {
        result_.problems.push_back(url + ": could not be reached a moment ago");
        continue;
      }
      const End end = try_source(part, url);
      if (end == End::complete) return std::move(result_);
      if (end == End::local) break;
      reached = reached || (end != End::unreachable && end != End::timed_out);
    }
    result_.no_network = !reached;
    return std::move(result_);
  }

 private:
  std::vector<std::string> allowed_sources() {
    std::vector<std::string> sources;
    if (const char* mirror = std::getenv("XGRAD_MIRROR"); mirror && *mirror) {
      std::string base = mirror;
      while (base.ends_with('/')) base.pop_back();
      sources.push_back(base + "/" + file_.name);
    }
    sources.insert(sources.end(), file_.urls.begin(), file_.urls.end());
    if (offline()) {
      std::erase_if(sources, [](const std::string& url) { return !is_this_machine(url); });
      if (sources.empty()) result_.problems.emplace_back("XGRAD_OFFLINE is set, so nobody was asked");
    }
    return sources;
  }

  /// The part, which has all its bytes: gets its name, or is thrown away.
  bool finish(PartFile& part) {
    if (hash_of_part_ = sha256_of(part.fd()); hash_of_part_ != file_.sha256) {
      part.clear();
      return false;
    }
    const std::int64_t size = part.size();
    if (const std::string problem = part.commit(); !problem.empty()) {
      result_.problems.push_back(problem);
      return true;
    }
    result_.path = target_;
    report_.done(target_, size);
    return true;
  }

  End try_source(PartFile& part, const std::string& url) {
    const auto refuse = [&](const Transfer& t) {
      result_.problems.push_back(url + ": " + t.said);
      return t.end;
    };
    for (int tries = limits_.tries; tries > 0; --tries) {
      const std::int64_t from = part.size();
      Unreachable& unreachable = Unreachable::instance();
      const Request request{.url = url,
                            .file = part.fd(),
                            .from = from,
                            .size = file_.size,
                            .connect = unreachable.waited(limits_.remember) ? limits_.connect_again : limits_.connect,
                            .only_this_machine = offline(),
                            .progress = [&](std::int64_t at, std::int64_t of) { report_.progress(url, at, of); }};
      Transfer t = transfer(request, limits_);
      switch (t.end) {
        case End::complete:
          if (finish(part)) return result_.path.empty() ? End::local : End::complete;
          t.said = "it sends another file: SHA-256 " + hash_of_part_ + ", and not " + file_.sha256;
          t.end = End::refused;
          if (t.resumed) continue;  // perhaps what was there before was wrong
          return refuse(t);
        case End::bad_range:
          part.clear();
          if (from > 0) continue;
          return refuse(t);
        case End::broken_off:
          if (part.size() > from && tries > 1) continue;
          return refuse(t);
        case End::unreachable:
        case End::timed_out:
          unreachable.add(url, t.end == End::timed_out);
          return refuse(t);
        case End::local:
          result_.problems.push_back(part.path() + " cannot be written: " + t.said);
          return t.end;
        case End::refused:
          if (part.size() > from) part.clear();  // more than the file has: nothing of it is to be trusted
          return refuse(t);
        case End::stalled:
          return refuse(t);
      }
    }
    result_.problems.push_back(url + ": it sends another file, again and again");
    return End::refused;
  }

  const RemoteFile& file_;
  const DownloadLimits& limits_;
  const std::string target_;
  Report report_;
  std::string hash_of_part_;
  Fetched result_;
};

}  // namespace

Fetched fetch_file(const char* operation, const RemoteFile& file, const std::string& folder,
                   const DownloadLimits& limits) {
  if (!can_transfer()) return {{}, {"this build of xgrad has no libcurl, and fetches nothing"}, true};
  return Fetching(operation, file, folder, limits).run();
}

}  // namespace xgrad::detail
