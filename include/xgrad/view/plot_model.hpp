#pragma once
/// \file A model as a drawing of boxes and arrows.

#include <string>

#include "xgrad/nn/layer.hpp"

namespace xgrad {

/// The model in Graphviz's language: a box for each layer with its name, class and the shapes of a sample before and
/// after it (of a model that is built); nested models as frames; branches and ways around side by side. A model of a
/// function is run once on zeros to see which layer reads what, and each call of a layer is a box; ops between layers
/// are not drawn, but "…" stands where a layer reads the results of several, and the last op where no layer gives the
/// result.
std::string model_dot(const Layer& model);

/// Writes the drawing: .dot as text; .svg and .png by Graphviz's program `dot`, found when it is wanted.
/// @throws ArgError for another ending; IoError where the file cannot be written, or `dot` is missing or fails: then
/// the old file is as it was
void plot_model(const Layer& model, const std::string& path, Loc loc = Loc::current());

}  // namespace xgrad
