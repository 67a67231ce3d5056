#pragma once
// What a model's file holds.

#include "core/settings_file.hpp"
#include "xgrad/io/named_arrays.hpp"
#include "xgrad/train/model.hpp"

namespace xgrad::detail {

/// A model's description and its arrays: weights, then the optimizer's memory. @throws ArgError as Model::save
struct SavedModel {
  SavedModel(const Model& model, const char* operation, const std::string& path, Loc loc);
  SettingsFile file;
  NamedArrays arrays;
};

}  // namespace xgrad::detail
