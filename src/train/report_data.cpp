// A report's numbers as JSON.

#include "train/report_parts.hpp"
#include "view/json_writer.hpp"

namespace xgrad::detail {

namespace {

using view::JsonWriter;

template <class List>
void write_list(JsonWriter& to, const List& list) {
  to.begin_list();
  for (auto v : list) to.number(v);
  to.end_list();
}

void write_history(JsonWriter& to, const History& h) {
  to.key("history").begin_object().key("epochs");
  write_list(to, h.epochs());
  to.key("figures").begin_list();
  for (const std::string& name : h.names()) {
    write_list(to.begin_object().key("name").text(name).key("epochs"), h.epochs(name));
    write_list(to.key("values"), h[name]);
    to.end_object();
  }
  to.end_list().end_object();
}

void write_histograms(JsonWriter& to, const char* name, const NamedHistograms& all) {
  to.key(name).begin_list();
  for (const auto& [of, h] : all) {
    to.begin_object().key("name").text(of).key("finite").number(h.finite).key("zeros").number(h.zeros);
    to.key("nan").number(h.nan).key("inf").number(h.inf).key("lowest").number(h.lowest).key("highest").number(
        h.highest);
    to.key("mean").number(h.mean).key("stddev").number(h.stddev).key("norm").number(h.norm);
    write_list(to.key("counts"), h.counts);
    to.end_object();
  }
  to.end_list();
}

void write_records(JsonWriter& to, const std::vector<TrainingRecord>& records) {
  to.key("records").begin_list();
  for (const TrainingRecord& r : records) {
    to.begin_object().key("epochs").number(r.epochs).key("loss").number(r.loss);
    write_histograms(to, "weights", r.weights);
    write_histograms(to, "gradients", r.gradients);
    write_histograms(to, "activations", r.activations);
    to.end_object();
  }
  to.end_list();
}

void write_judged(JsonWriter& to, const ReportParts& p) {
  const Judged& j = p.judged;
  to.key("samples").begin_object().key("origin").text(p.origin).key("count").number(p.x.size()).end_object();
  to.key("confusion");
  if (p.classified()) {
    to.begin_object().key("classes").begin_list();
    for (std::int64_t c = 0; c < j.classes; ++c) to.text(p.class_name(c));
    to.end_list().key("counts");
    write_list(to, p.confusion);
    to.end_object();
  } else {
    to.null();
  }
  to.key("worst").begin_list();
  for (std::int64_t n : p.worst) {
    const auto i = static_cast<std::size_t>(n);
    to.begin_object().key("sample").number(n).key("loss").number(j.losses[i]);
    if (p.classified())
      to.key("true")
          .number(j.truth[i])
          .key("predicted")
          .number(j.predicted[i])
          .key("confidence")
          .number(j.confidence[i]);
    to.end_object();
  }
  to.end_list();
}

}  // namespace

std::string report_json(const ReportParts& p) {
  JsonWriter to;
  to.begin_object().key("format").number(1).key("title").text(p.title).key("model").text(p.model.name());
  to.key("loss").text(p.trainer.loss.name());
  write_history(to, p.history);
  to.key("best");
  if (p.best) {
    to.begin_object().key("figure").text(p.best->figure).key("epoch").number(p.best->epoch);
    to.key("value").number(p.best->value).end_object();
  } else {
    to.null();
  }
  to.key("findings").begin_list();
  for (const ModelFinding& f : p.check.findings)
    to.begin_object()
        .key("severity")
        .text(name_of(f.severity))
        .key("what")
        .text(f.what)
        .key("message")
        .text(f.message)
        .key("why")
        .text(f.why)
        .key("advice")
        .text(f.advice)
        .end_object();
  to.end_list();
  if (p.recorded) write_records(to, p.recorded->records);
  if (p.x.given()) write_judged(to, p);
  return to.end_object().take();
}

}  // namespace xgrad::detail
