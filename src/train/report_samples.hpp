#pragma once
// The worst samples of a report, as pictures or numbers.

#include <string>

#include "train/report_parts.hpp"

namespace xgrad::detail {

/// The list of `parts.worst`.
std::string worst_samples(const ReportParts& parts);

}  // namespace xgrad::detail
