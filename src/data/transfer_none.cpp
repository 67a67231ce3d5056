// In place of transfer.cpp where there is no libcurl.

#include "data/transfer.hpp"

namespace xgrad::detail {

bool can_transfer() noexcept { return false; }

Transfer transfer(const Request&, const DownloadLimits&) { return {Transfer::End::refused, "no libcurl"}; }

}  // namespace xgrad::detail
