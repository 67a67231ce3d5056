#include "xgrad/view/html.hpp"

#include "view/page.hpp"
#include "view/recording.hpp"

namespace xgrad::view {

namespace {

std::string title_of(const Var& result, const HtmlOptions& options, Loc loc) {
  if (!options.title.empty()) return options.title;
  const std::string label = result.label(loc);
  return "Backpropagation from " + (label.empty() ? NodeView(result.node()).op() : label);
}

void write(const std::vector<Recording>& recordings, const std::string& path, const std::string& title, Loc loc) {
  JsonWriter to;
  to.begin_object().key("format").number(1).key("title").text(title).key("recordings").begin_list();
  for (const Recording& r : recordings) to.raw(r.json());
  write_page(path, to.end_list().end_object().take(), "view::html", loc);
}

void check_count(std::size_t count, Loc loc) {
  if (count < 1 || count > 2)
    throw ArgError("view::html", "needs one recording, or two to compare; got " + std::to_string(count), loc);
}

}  // namespace

Recording record(const Var& loss, const HtmlOptions& options, Loc loc) {
  return Recording({options.name, title_of(loss, options, loc), recording_json("view::record", loss, options, loc)});
}

void html(const Var& loss, const std::string& path, const HtmlOptions& options, Loc loc) {
  write({Recording({options.name, {}, recording_json("view::html", loss, options, loc)})}, path,
        title_of(loss, options, loc), loc);
}

void html(const std::vector<NamedResult>& results, const std::string& path, const HtmlOptions& options, Loc loc) {
  check_count(results.size(), loc);
  std::vector<Recording> recordings;
  HtmlOptions own = options;
  for (const NamedResult& r : results) {
    own.name = r.name;
    recordings.push_back(
        Recording({r.name, title_of(r.result, options, loc), recording_json("view::html", r.result, own, loc)}));
  }
  html(recordings, path, options.title, loc);
}

void html(const std::vector<Recording>& recordings, const std::string& path, const std::string& title, Loc loc) {
  check_count(recordings.size(), loc);
  std::string shown = title;
  for (std::size_t i = 0; title.empty() && i < recordings.size(); ++i) {
    const Recording& r = recordings[i];
    if (i > 0) shown += " and ";
    shown += r.name().empty() ? r.title() : r.name();
  }
  write(recordings, path, shown, loc);
}

}  // namespace xgrad::view
