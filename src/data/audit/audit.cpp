#include "xgrad/data/audit.hpp"

#include <algorithm>

#include "data/audit/parts.hpp"

namespace xgrad {

using namespace auditing;

AuditData::AuditData(Array x) : inputs_(new Inputs{std::move(x)}) {}
AuditData::AuditData(Csr x) : inputs_(new Inputs{std::move(x)}) {}
AuditData::AuditData(Sequences x) : inputs_(new Inputs{std::move(x)}) {}
AuditData::AuditData(Array x, Array y) : inputs_(new Inputs{std::move(x), std::move(y)}) {}
AuditData::AuditData(Csr x, Array y) : inputs_(new Inputs{std::move(x), std::move(y)}) {}
AuditData::AuditData(Sequences x, Array y) : inputs_(new Inputs{std::move(x), std::move(y)}) {}

const Inputs& AuditData::inputs() const noexcept {
  static const Inputs none{Array()};
  return inputs_ ? *inputs_ : none;
}

namespace {

std::string told(const AuditData& data) {
  const std::string x = std::visit([](const auto& v) { return signature(v); }, data.inputs().x);
  return data.inputs().y ? x + " with " + signature(*data.inputs().y) : x;
}

Shape sample_shape(const Array& a) { return Shape{a.shape().extents().subspan(1)}; }

AuditPart part_of(const AuditData& data, DataPart which, Loc loc) {
  AuditPart part{which, data.inputs().x, data.inputs().y, 0};
  if (const Array* x = part.dense()) {
    if (x->rank() == 0)
      throw ShapeError("audit", std::string("needs one row for each sample; got ") + name_of(which) + " " + told(data),
                       loc);
    part.rows = x->shape(0);
  } else if (const Csr* sparse = part.sparse()) {
    part.rows = sparse->rows();
    part.x = canonical(*sparse);
  } else {
    part.rows = part.sequences()->size();
  }
  if (part.y && (part.y->rank() == 0 || part.y->shape(0) != part.rows))
    throw ShapeError(
        "audit", std::string("needs x and y with one row for each sample; got ") + name_of(which) + " " + told(data),
        loc);
  return part;
}

void need_alike(const AuditData& train, const AuditData& other, DataPart which, Loc loc) {
  const auto refuse = [&]<class E>(const char* what) {
    throw E("audit",
            std::string("needs ") + what + " in all parts; got train " + told(train) + " and " + name_of(which) + " " +
                told(other),
            loc);
  };
  if (train.inputs().x.index() != other.inputs().x.index()) refuse.operator()<DTypeError>("one kind of samples");
  if (const Array* a = std::get_if<Array>(&train.inputs().x)) {
    const Array& b = std::get<Array>(other.inputs().x);
    if (sample_shape(*a) != sample_shape(b)) refuse.operator()<ShapeError>("samples of one shape");
    if (a->dtype() != b.dtype()) refuse.operator()<DTypeError>("samples of one type");
  } else if (const Csr* c = std::get_if<Csr>(&train.inputs().x)) {
    const Csr& d = std::get<Csr>(other.inputs().x);
    if (c->columns() != d.columns()) refuse.operator()<ShapeError>("as many columns");
    if (c->dtype() != d.dtype()) refuse.operator()<DTypeError>("samples of one type");
  }
  if (train.inputs().y.has_value() != other.inputs().y.has_value()) refuse.operator()<ShapeError>("targets, or none,");
  if (train.inputs().y && sample_shape(*train.inputs().y) != sample_shape(*other.inputs().y))
    refuse.operator()<ShapeError>("targets of one shape (to_categorical takes the number of classes)");
}

std::int64_t features_of(const AuditPart& part) {
  if (part.sparse()) return part.sparse()->columns();
  return part.dense() ? part.dense()->size() / part.rows : 0;
}

std::string subject_of(const AuditSet& set) {
  std::string text = "audit of ";
  for (std::size_t p = 0; p < set.parts.size(); ++p)
    text += (p == 0                     ? ""
             : p + 1 < set.parts.size() ? ", "
                                        : " and ") +
            std::to_string(set.parts[p].rows) + ' ' + name_of(set.parts[p].which);
  text += " samples: ";
  text += set.train().sequences() ? "sequences" : counted(set.features, "feature");
  if (set.classes.known()) {
    text += ", " + std::to_string(set.classes.names.size()) + " classes";
  } else {
    text += set.train().y ? ", numbers as targets" : ", no targets";
  }
  return text;
}

Audit look_through(const AuditSet& set) {
  Audit report{subject_of(set), {}};
  Findings& out = report.findings;
  check_equal_rows(set, out);
  check_classes(set, out);
  check_time(set, out);
  PartMoments figures;
  for (const AuditPart& part : set.parts) figures.push_back(moments(part, set.features));
  check_finite(set, figures, out);
  if (!figures[0].empty()) {
    check_constant(set, figures, out);
    check_scales(set, figures, out);
    check_shift(set, figures, out);
    check_statistics(set, figures, out);
    check_ranges(set, figures, out);
    check_target(set, figures, out);
  }
  std::stable_sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return report;
}

}  // namespace

Audit audit(const AuditData& train, const AuditData& validation, const AuditData& test, const AuditOptions& options,
            Loc loc) {
  if (!(options.significance > 0 && options.significance < 1))
    throw ArgError("audit", "needs a significance between 0 and 1; got " + std::to_string(options.significance), loc);
  if (options.named < 0)
    throw ArgError("audit", "needs named of at least 0; got " + std::to_string(options.named), loc);
  AuditSet set;
  set.options = &options;
  set.parts.push_back(part_of(train, DataPart::train, loc));
  if (set.train().rows == 0) throw ArgError("audit", "needs samples to train on; got train " + told(train), loc);
  for (const auto& [data, which] : {std::pair(&validation, DataPart::validation), std::pair(&test, DataPart::test)}) {
    if (!data->given()) continue;
    AuditPart part = part_of(*data, which, loc);
    if (part.rows == 0) continue;
    need_alike(train, *data, which, loc);
    set.parts.push_back(std::move(part));
  }
  set.features = features_of(set.train());
  if (const Array* x = set.train().dense(); x && x->rank() > 2) set.last_axis = x->shape().back();
  const auto names = static_cast<std::int64_t>(options.feature_names.size());
  if (names != 0 && names != set.features)
    throw ArgError("audit",
                   "needs a name for each of " + counted(set.features, "feature") + "; got " + std::to_string(names),
                   loc);
  if (options.time_column) {
    if (set.train().sequences()) throw ArgError("audit", "needs features for a time column; got " + told(train), loc);
    const std::int64_t at = *options.time_column + (*options.time_column < 0 ? set.features : 0);
    if (at < 0 || at >= set.features)
      throw IndexError("audit",
                       "needs a time column of " + counted(set.features, "feature") + "; got " +
                           std::to_string(*options.time_column),
                       loc);
    set.time = at;
  }
  set.classes = find_classes(set.parts, options.classes);
  return look_through(set);
}

Audit audit(const AuditData& train, const AuditData& test, const AuditOptions& options, Loc loc) {
  return audit(train, AuditData(), test, options, loc);
}

}  // namespace xgrad
