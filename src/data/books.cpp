#include <span>

#include "core/embed.hpp"
#include "data/idx.hpp"
#include "xgrad/data/texts.hpp"

// The book that ships, as bytes in the library.
XGRAD_EMBED(xgrad_moby_dick, "moby_dick/moby_dick.txt.gz")

namespace xgrad::datasets {

std::string moby_dick(Loc loc) {
  const std::vector<unsigned char> text =
      detail::inflated(std::span(xgrad_moby_dick, xgrad_moby_dick_end), "the book that ships", loc);
  return {text.begin(), text.end()};
}

}  // namespace xgrad::datasets
