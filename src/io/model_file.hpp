#pragma once
// What a file of a whole model holds beside its weights.

namespace xgrad::detail {

inline constexpr const char* model_key = "xgrad_model";        // metadata: architecture and training, as JSON
inline constexpr const char* optimizer_prefix = "optimizer/";  // arrays: "optimizer/dense/kernel/momentum"

}  // namespace xgrad::detail
