#pragma once
/// \file Weights of layers and models in files, by name.

#include <string>
#include <vector>

#include "xgrad/nn/layer.hpp"

namespace xgrad {

/// How weights are read.
struct LoadWeightsOptions {
  bool strict =
      true;  ///< false: weights that the file lacks keep their values, and arrays of other names are passed over
};

/// Names that a file and a layer do not share.
struct UnmatchedWeights {
  std::vector<std::string> missing;     ///< weights that the file lacks
  std::vector<std::string> unexpected;  ///< arrays that are no weights
};

/// Writes all weights of a layer, and of the layers inside, by their names ("dense/kernel"), statistics included.
/// The write is atomic, as that of `save_safetensors`.
/// @param path ends in .safetensors or .npz, which chooses the format
/// @throws ArgError for another ending, a layer that is not built, or two weights of one name; IoError where the file
/// cannot be written
void save_weights(const Layer& layer, const std::string& path, Loc loc = Loc::current());

/// Gives the weights of a layer, and of the layers inside, the values in a file, by name. Nothing is changed unless
/// everything fits. Layers that are not named are numbered as they are made: name them, or make them in the same order.
/// @param path ends in .safetensors or .npz; may be a whole model's (`Model::save`), of which the weights are taken
/// @return what was passed over: nothing, where `strict`
/// @throws ArgError for another ending, a layer that is not built, or two weights of one name; IoError for a file that
/// is missing or damaged, or does not fit: it lists every weight that is missing, every array that is not expected, and
/// every one of another shape or type (that is refused even where not `strict`)
UnmatchedWeights load_weights(const Layer& layer, const std::string& path, LoadWeightsOptions options = {},
                              Loc loc = Loc::current());

}  // namespace xgrad
