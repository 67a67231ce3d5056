#include "xgrad/train/report.hpp"

#include <algorithm>

#include "core/atomic_file.hpp"
#include "train/check.hpp"
#include "train/passes.hpp"
#include "train/report_parts.hpp"

namespace xgrad {

namespace {

constexpr const char* operation = "view::report";

/// The shape of a sample as a picture, [] where it is none.
Shape image_of(const view::ReportOptions& o, const Samples& x, Loc loc) {
  const auto pictured = [](const Shape& s) {
    const bool sides = s.rank() >= 2 && s[0] > 1 && s[1] > 1;
    return sides && (s.rank() == 2 || (s.rank() == 3 && (s[2] == 1 || s[2] == 3)));
  };
  if (!x.given() || x.sparse()) return {};
  const Shape sample = x.sample_shape();
  if (o.image.rank() == 0) return pictured(sample) ? sample : Shape{};
  if (!pictured(o.image) || o.image.size() != sample.size())
    throw ShapeError(operation,
                     "needs an image of shape [h, w], [h, w, 1] or [h, w, 3] with the " +
                         std::to_string(sample.size()) + " numbers of a sample; got " + o.image.to_string(),
                     loc);
  return o.image;
}

void check_options(const History& history, const detail::Trainer& trainer, const Model& model,
                   const view::ReportOptions& o, Loc loc) {
  if (history.epochs().empty()) throw ArgError(operation, "needs a history of at least one epoch; got none", loc);
  if (!trainer.compiled)
    throw ArgError(operation, "needs a compiled model; got '" + model.name() + "', which is not", loc);
  if (o.worst < 0)
    throw ArgError(operation, "needs a number of worst samples that is not negative; got " + std::to_string(o.worst),
                   loc);
  if (o.x.given()) detail::need_samples(operation, o.x, o.y, loc);
}

}  // namespace

std::string detail::ReportParts::class_name(std::int64_t c) const {
  if (c < 0) return "none";
  const auto i = static_cast<std::size_t>(c);
  return i < options.classes.size() ? options.classes[i] : std::to_string(c);
}

std::pair<std::int64_t, std::int64_t> detail::ReportParts::hits() const {
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < judged.truth.size(); ++i) {
    right += judged.truth[i] >= 0 && judged.truth[i] == judged.predicted[i];
    all += judged.truth[i] >= 0;
  }
  return {right, all};
}

void view::report(const History& history, const Model& model, const std::string& path, const ReportOptions& options,
                  Loc loc) {
  const detail::Pass pass(loc);
  const detail::Trainer& trainer = detail::trainer_of(model);
  check_options(history, trainer, model, options, loc);
  const auto place = detail::RandomPlace::now();
  detail::ReportParts parts{.history = history,
                            .model = model,
                            .trainer = trainer,
                            .options = options,
                            .title = options.title.empty() ? "Training of " + model.name() : options.title,
                            .curves = detail::curves_of(history, {}, loc),
                            .best = detail::best_epoch(history),
                            .recorded = trainer.recorded};
  if (options.x.given()) {
    parts.x = options.x;
    parts.y = options.y;
    parts.origin = "samples of the report";
  } else if (parts.recorded) {
    parts.x = parts.recorded->x;
    parts.y = parts.recorded->y;
    parts.origin = parts.recorded->origin;
  }
  parts.image = image_of(options, parts.x, loc);
  detail::AtomicFile file(path, operation, loc);  // before the work, whether it can be written
  if (parts.x.given()) {
    model.build(parts.x.sample_shape(), DType::float32, loc);
    parts.judged = detail::judge(model, trainer, parts.x, parts.y);
    const auto classes = static_cast<std::size_t>(parts.judged.classes);
    if (!options.classes.empty() && parts.classified() && options.classes.size() != classes)
      throw ArgError(operation,
                     "needs a name for each of " + std::to_string(classes) + " classes; got " +
                         std::to_string(options.classes.size()),
                     loc);
    parts.confusion = parts.judged.confusion();
    parts.worst = parts.judged.worst(options.worst);
  }
  const Samples few = parts.x.given() ? parts.x.range(0, std::min<std::int64_t>(parts.x.size(), 256)) : Samples();
  if (model.built()) parts.check = detail::check_model(model, trainer, few, parts.y);
  place.restore();
  const std::string page = report_page(parts, report_json(parts));
  file.write(page.data(), page.size());
  file.commit();
}

}  // namespace xgrad
