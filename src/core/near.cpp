#include "core/near.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace xgrad::detail {

namespace {
/// How many insertions, removals, changes and swaps of neighbours turn one into the other.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}
}  // namespace

std::string folded(std::string_view name) {
  std::string text;
  for (char c : name) {
    if (c == '_' || c == '-' || c == ' ') continue;
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::string near_matches(std::string_view asked, std::span<const std::string_view> known) {
  const std::string wanted = folded(asked);
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (std::string_view name : known) {
    const std::string candidate = folded(name);
    const bool within = wanted.size() >= 3 && candidate.find(wanted) != std::string::npos;
    const std::size_t d = within ? 1 : distance(wanted, candidate);
    if (d <= 1 + std::max(wanted.size(), candidate.size()) / 4) near.emplace_back(d, name);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  if (near.empty()) {
    for (std::string_view name : known) text += (text.empty() ? " (known: " : ", ") + std::string(name);
    return text.empty() ? text : text + ")";
  }
  const std::size_t shown = std::min<std::size_t>(near.size(), 3);
  for (std::size_t i = 0; i < shown; ++i)
    text += (i == 0 ? "; did you mean '" : i + 1 == shown ? "' or '" : "', '") + std::string(near[i].second);
  return text + "'?";
}

}  // namespace xgrad::detail
