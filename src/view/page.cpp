#include "view/page.hpp"

#include <cassert>

#include "core/atomic_file.hpp"
#include "view/page_file.hpp"

XGRAD_EMBED_FILE(xgrad_viewer_page, XGRAD_VIEWER_PAGE)

namespace xgrad::view {

void write_page(const std::string& path, std::string_view json, const char* operation, Loc loc) {
  constexpr std::string_view placeholder = "__XGRAD_RECORDING__";
  const std::string_view page(reinterpret_cast<const char*>(xgrad_viewer_page),
                              static_cast<std::size_t>(xgrad_viewer_page_end - xgrad_viewer_page));
  const std::size_t at = page.find(placeholder);
  assert(at != page.npos);
  detail::AtomicFile file(path, operation, loc);
  file.write(page.data(), at);
  file.write(json.data(), json.size());
  file.write(page.data() + at + placeholder.size(), page.size() - at - placeholder.size());
  file.commit();
}

}  // namespace xgrad::view
