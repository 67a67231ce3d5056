#include "xgrad/train/history.hpp"

#include <algorithm>

#include "core/near.hpp"
#include "xgrad/core/settings.hpp"

namespace xgrad {

namespace {
template <class Entries>
auto find_in(Entries& entries, std::string_view name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == name; });
}
}  // namespace

void Logs::set(std::string_view name, double value) {
  const auto found = find_in(entries_, name);
  if (found != entries_.end()) {
    found->second = value;
  } else {
    entries_.emplace_back(name, value);
  }
}
const double* Logs::find(std::string_view name) const noexcept {
  const auto found = find_in(entries_, name);
  return found == entries_.end() ? nullptr : &found->second;
}
double Logs::operator[](FigureName figure) const {
  const double* value = find(figure.name);
  if (value) return *value;
  std::vector<std::string_view> known;
  for (const auto& e : entries_) known.push_back(e.first);
  throw ArgError(
      "Logs",
      "needs the name of a figure; got '" + std::string(figure.name) + "'" + detail::near_matches(figure.name, known),
      figure.loc);
}

const History::Figure& History::figure(const FigureName& wanted) const {
  for (const Figure& f : figures_)
    if (f.name == wanted.name) return f;
  std::vector<std::string_view> known;
  for (const Figure& f : figures_) known.push_back(f.name);
  throw ArgError(
      "History",
      "needs the name of a figure; got '" + std::string(wanted.name) + "'" + detail::near_matches(wanted.name, known),
      wanted.loc);
}
const std::vector<double>& History::operator[](FigureName name) const { return figure(name).values; }
const std::vector<int>& History::epochs(FigureName name) const { return figure(name).epochs; }
bool History::has(std::string_view name) const noexcept {
  return std::any_of(figures_.begin(), figures_.end(), [&](const Figure& f) { return f.name == name; });
}
std::vector<std::string> History::names() const {
  std::vector<std::string> all;
  for (const Figure& f : figures_) all.push_back(f.name);
  return all;
}
void History::settings(Settings& s) {
  s("epochs", epochs_);
  std::vector<std::string> all = names();
  s("names", all);
  if (s.reading()) {
    figures_.clear();
    for (const std::string& name : all) figures_.push_back({name, {}, {}});
  }
  Settings values = s.member("values"), epochs = s.member("of_epochs");
  if (!values || !epochs) return;
  for (Figure& f : figures_) {
    values(f.name, f.values);
    epochs(f.name, f.epochs);
    if (f.values.size() != f.epochs.size()) s.refuse("an epoch for each figure", "another number of them");
  }
}
void History::add(int epoch, const Logs& logs) {
  epochs_.push_back(epoch);
  for (const auto& entry : logs) {
    auto found = std::find_if(figures_.begin(), figures_.end(), [&](const Figure& f) { return f.name == entry.first; });
    if (found == figures_.end()) found = figures_.insert(figures_.end(), {entry.first, {}, {}});
    found->values.push_back(entry.second);
    found->epochs.push_back(epoch);
  }
}

}  // namespace xgrad
