#pragma once
/// \file report: a training as a page: curves, histograms, what is confused, what is hardest.

#include <string>
#include <vector>

#include "xgrad/train/model.hpp"
#include "xgrad/train/recorder.hpp"

namespace xgrad::view {

/// What a report shows beside curves.
struct ReportOptions {
  std::string title = {};  ///< by default made of the model's name
  Samples x = {};        ///< what the model is asked about; none: the samples that a TrainingRecorder had in `fit` (all
                         ///< that were held out, else all that were trained on, or its own)
  Array y = zeros({0});  ///< their targets
  std::vector<std::string> classes = {};  ///< names of the classes; none: they are numbered
  Shape image = {};  ///< the shape of a sample as a picture, [h, w], [h, w, 1] or [h, w, 3]; none: samples of such
                     ///< shapes are pictures, others are numbers
  int worst = 24;    ///< how many of the samples with the greatest loss are shown
};

/// Writes a page that shows a training: a single file without scripts, which needs no network.
///
/// ```cpp
/// TrainingRecorder recorder;
/// History history = model.fit(x, y, {.epochs = 5, .validation_split = 0.1, .callbacks = {recorder}});
/// view::report(history, model, "report.html", {.image = {28, 28}});
/// ```
/// On it stand
///
/// - loss and every metric over the epochs, training and validation, with the best epoch (by val_loss, else loss);
/// - histograms of each trained weight, of its gradient and of what each layer gives, epochs in rows, where a
///   TrainingRecorder watched the model's last `fit`;
/// - of a classifier (one class a sample, by number or one-hot, or yes and no) how often each class was taken for
/// which,
///   and the samples with the greatest loss, with what is true and what was predicted, where there are samples: those
///   of the options, else the recorder's;
/// - what `Model::check` finds.
///
/// All numbers are in the page a second time, to the last bit, as JSON: the element of id "report-data".
///
/// Weights, gradients, metrics and the place in the sequence of random numbers stay as they are.
/// @param history of a `fit` of this model @param path is there whole afterwards, or as it was
/// @throws ArgError for a history without epochs, a model that is not compiled, too few names of classes, or a negative
///   number of samples; ShapeError for samples and targets that are not as many, or an image of another size than a
///   sample; IoError where the file cannot be written
void report(const History& history, const Model& model, const std::string& path, const ReportOptions& options = {},
            Loc loc = Loc::current());

}  // namespace xgrad::view
