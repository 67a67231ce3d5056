// A report as a page.

#include <algorithm>
#include <cmath>

#include "data/sha256.hpp"
#include "train/report_parts.hpp"
#include "train/report_samples.hpp"
#include "train/report_style.hpp"
#include "view/charts.hpp"
#include "view/json_writer.hpp"
#include "view/markup.hpp"

namespace xgrad::detail {

namespace {

using view::brief;
using view::escaped;
using view::grouped;
using view::percent;

std::string tile(const std::string& name, const std::string& value, const std::string& more) {
  return "<div><dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "<small>" + escaped(more) + "</small></dd></div>";
}

std::string heading(const char* id, const char* title, const std::string& text) {
  return "<section id=\"" + std::string(id) + "\" aria-labelledby=\"" + id + "-h\"><h2 id=\"" + id + "-h\">" + title +
         "</h2><p class=\"soft\">" + text + "</p>";
}

class Page {
 public:
  explicit Page(const ReportParts& parts) : p_(parts) {}

  std::string body() {
    std::string sections;  // in this order, which is that of the links
    for (auto part : {&Page::curves, &Page::histograms, &Page::confusion, &Page::worst, &Page::findings})
      sections += (this->*part)();
    return "<header><h1>" + escaped(p_.title) + "</h1><p class=\"sub\">" + subtitle() + "</p>" + tiles() +
           "<nav aria-label=\"Sections\">" + links_ + "</nav></header><main>" + sections + "</main>";
  }

 private:
  std::string next_id() { return "s" + std::to_string(++ids_); }
  std::string begin(const char* id, const char* title, const std::string& text) {
    links_ += "<a href=\"#" + std::string(id) + "\">" + title + "</a>";
    return heading(id, title, text);
  }

  std::string subtitle() const {
    const std::string& loss = p_.trainer.loss.name();
    std::string text = "Model “" + escaped(p_.model.name()) + "”, loss " +
                       (loss == "loss" ? "of one’s own" : "<b>" + escaped(loss) + "</b>") + ", " +
                       grouped(static_cast<std::int64_t>(p_.history.epochs().size())) +
                       (p_.history.epochs().size() == 1 ? " epoch" : " epochs");
    return text + ".";
  }

  std::string tiles() const {
    std::string s;
    if (p_.best) s += tile("best epoch", std::to_string(p_.best->epoch), p_.best->figure + " " + brief(p_.best->value));
    for (const Panel& panel : p_.curves.panels) {
      const std::string figure = p_.history.has("val_" + panel.title) ? "val_" + panel.title : panel.title;
      if (panel.title == "loss" || panel.title == "learning_rate") continue;
      const auto best = best_epoch(p_.history, figure);
      s += tile("last " + figure, brief(p_.history[figure].back()),
                best ? "best " + brief(best->value) + " in epoch " + std::to_string(best->epoch) : "");
    }
    std::int64_t trained = 0, all = 0;
    for (const Parameter& w : p_.model.parameters()) trained += w.size();
    for (const Parameter& w : p_.model.weights()) all += w.size();
    s += tile("trained numbers", grouped(trained), grouped(all - trained) + " more that are not");
    if (p_.x.given()) {
      const auto [right, of] = p_.hits();
      s +=
          p_.classified()
              ? tile("classified right",
                     of > 0 ? brief(100 * static_cast<double>(right) / static_cast<double>(of), 3) + "\u00A0%" : "none",
                     grouped(right) + " of " + grouped(of) + " " + p_.origin)
              : tile(p_.origin, grouped(p_.x.size()), "that the model was asked about");
    }
    return "<dl class=\"tiles\">" + s + "</dl>";
  }

  std::string told(const std::string& figure) const {
    const auto best = best_epoch(p_.history, figure);
    return "last " + brief(p_.history[figure].back()) +
           (best && figure != "learning_rate"
                ? ", best " + brief(best->value) + " (epoch " + std::to_string(best->epoch) + ")"
                : "");
  }

  std::string curves() {
    const bool validated = std::any_of(p_.curves.panels.begin(), p_.curves.panels.end(),
                                       [&](const Panel& panel) { return p_.history.has("val_" + panel.title); });
    std::string s = begin(
        "curves", "Curves",
        std::string("<span class=\"key\"><i class=\"") + (validated ? "dots" : "") + "\"></i>training</span>" +
            (validated ? "<span class=\"key\"><i class=\"c1\"></i>validation</span>" : "") +
            (p_.best
                 ? "<span class=\"key\"><i class=\"mark\"></i>best epoch, by " + escaped(p_.best->figure) + "</span>"
                 : ""));
    s += "<div class=\"grid\">";
    for (const Panel& panel : p_.curves.panels) {
      const std::string held = "val_" + panel.title;
      std::string text, description;
      if (p_.history.has(panel.title)) text = "training: " + told(panel.title);
      if (p_.history.has(held)) text += (text.empty() ? "" : "<br/>") + ("validation: " + told(held));
      description = p_.history.has(panel.title) ? "training: " + told(panel.title) + ". " : "";
      if (p_.history.has(held)) description += "validation: " + told(held) + ".";
      s += "<figure class=\"card\"><h3>" + escaped(panel.title) + "</h3>" +
           view::curves_svg(panel, next_id(), description) + "<figcaption>" + text + "</figcaption></figure>";
    }
    return s + table() + "</div></section>";
  }

  std::string table() const {
    std::string s = std::string("<div class=\"card") + (p_.curves.panels.size() % 3 == 0 ? " whole" : "") +
                    "\"><h3>In numbers</h3><div class=\"scroll high\" tabindex=\"0\" role=\"region\" "
                    "aria-label=\"Figures of each epoch\"><table><thead><tr><th scope=\"col\">epoch</th>";
    for (const std::string& name : p_.history.names()) {
      std::string shown;  // "val_accuracy" may break
      for (char c : escaped(name)) shown += c == '_' ? std::string("_<wbr>") : std::string(1, c);
      s += "<th scope=\"col\">" + shown + "</th>";
    }
    s += "</tr></thead><tbody>";
    for (int epoch : p_.history.epochs()) {
      s += "<tr><th scope=\"row\">" + std::to_string(epoch + 1) + "</th>";
      for (const std::string& name : p_.history.names()) {
        const std::vector<int>& of = p_.history.epochs(name);
        const auto at = std::find(of.begin(), of.end(), epoch);
        s += "<td>" + (at == of.end() ? "" : brief(p_.history[name][static_cast<std::size_t>(at - of.begin())])) +
             "</td>";
      }
      s += "</tr>";
    }
    return s + "</tbody></table></div></div>";
  }

  static std::string moment(int epochs) { return epochs == 0 ? "start" : std::to_string(epochs); }

  /// One quantity over the records. @param part which @param i its place there
  std::string ridges(NamedHistograms TrainingRecord::*part, std::size_t i, const char* kind, const std::string& what) {
    std::vector<view::Ridge> rows;
    std::string name;
    for (const TrainingRecord& r : p_.recorded->records) {
      if (i >= (r.*part).size()) continue;
      name = (r.*part)[i].first;
      rows.push_back({moment(r.epochs), (r.*part)[i].second});
    }
    if (rows.empty()) return "";
    const Histogram& last = rows.back().histogram;
    const std::string description = "Histograms in " + std::to_string(rows.size()) + " rows, from " +
                                    rows.front().name + " to epoch " + rows.back().name + ". At the end: mean " +
                                    brief(last.mean) + ", standard deviation " + brief(last.stddev) + ", from " +
                                    brief(last.lowest) + " to " + brief(last.highest) + ".";
    return view::ridges_svg(rows, kind, next_id(), what + " " + name, description);
  }

  std::string histograms() {
    if (!p_.recorded || p_.recorded->records.empty()) return "";
    const TrainingRecord& last = p_.recorded->records.back();
    std::string s;
    if (!last.weights.empty()) {
      s += begin(
          "weights", "Weights and gradients",
          "Epochs from top to bottom, the start first. Each row is as high as its fullest bin; heights go by the root "
          "of the counts, so that tails are seen; one much wider than most is cut at the sides. Gradients are of the "
          "loss of " +
              grouped(p_.recorded->probe_x.size()) + " " + escaped(p_.recorded->origin) + ".");
      s += "<div class=\"pairs\">";
      for (std::size_t i = 0; i < last.weights.size(); ++i) {
        const auto& [name, w] = last.weights[i];
        s += "<figure class=\"card\"><h3>" + escaped(name) + "</h3><div class=\"pair\"><div><h4>weight</h4>" +
             ridges(&TrainingRecord::weights, i, "weights", "weight") + "</div><div><h4>gradient</h4>" +
             ridges(&TrainingRecord::gradients, i, "gradients", "gradient of") + "</div></div><figcaption>" +
             grouped(w.finite + w.nan + w.inf) + " numbers, at the end " + spread(w) +
             (i < last.gradients.size() ? "; norm of the gradient " + brief(last.gradients[i].second.norm) : "") +
             "</figcaption></figure>";
      }
      s += "</div></section>";
    }
    if (last.activations.empty()) return s;
    s += begin("activations", "Activations", "What each layer gives for the same samples, drawn likewise.");
    s += "<div class=\"grid\">";
    for (std::size_t i = 0; i < last.activations.size(); ++i) {
      const auto& [name, a] = last.activations[i];
      s += "<figure class=\"card\"><h3>" + escaped(name) + "</h3>" +
           ridges(&TrainingRecord::activations, i, "activations", "activations of") + "<figcaption>at the end " +
           spread(a) + "</figcaption></figure>";
    }
    return s + "</div></section>";
  }

  static std::string spread(const Histogram& h) {
    std::string s = h.finite > 0 ? brief(h.mean) + " ± " + brief(h.stddev) : "nothing finite";
    if (h.finite > 0 && h.nan + h.inf > 0) s += ", " + grouped(h.nan + h.inf) + " not finite";
    return s;
  }

  std::string confusion() {
    if (!p_.x.given() || !p_.classified()) return "";
    const auto k = static_cast<std::size_t>(p_.judged.classes);
    const auto [right, all] = p_.hits();
    std::string text = "Rows are what is true, columns what the model says, for " + grouped(all) + " " +
                       escaped(p_.origin) + ": " + grouped(right) + " are told right.";
    if (const auto left_out = static_cast<std::int64_t>(p_.judged.truth.size()) - all; left_out > 0)
      text += " " + grouped(left_out) + " more have a label that is no class, and are left out.";
    std::string s = begin("confusion", "Confusion matrix", text) + "<div class=\"sides\">";
    constexpr std::size_t most = 100;
    if (k <= most) {
      std::vector<std::string> names;
      for (std::size_t c = 0; c < k; ++c) names.push_back(p_.class_name(static_cast<std::int64_t>(c)));
      s += std::string("<figure class=\"card matrix") +
           (k <= 4   ? " small\">"
            : k > 20 ? " large\" tabindex=\"0\">"
                     : "\">") +
           view::matrix_svg(names, p_.confusion, next_id(), "Confusion matrix",
                            grouped(right) + " of " + grouped(all) + " on the diagonal. The tables hold the same.") +
           "</figure>";
    }
    return s + "<div class=\"stack\">" + confused(k) + per_class(k) + "</div></div></section>";
  }

  /// The pairs that are confused most.
  std::string confused(std::size_t k) const {
    struct Pair {
      std::size_t truth, taken;
      std::int64_t count, of;
    };
    std::vector<Pair> pairs;
    for (std::size_t t = 0; t < k; ++t) {
      std::int64_t of = 0;
      for (std::size_t c = 0; c < k; ++c) of += p_.confusion[t * k + c];
      for (std::size_t c = 0; c < k; ++c)
        if (c != t && p_.confusion[t * k + c] > 0) pairs.push_back({t, c, p_.confusion[t * k + c], of});
    }
    if (pairs.empty()) return "<div class=\"card\"><h3>Nothing is confused</h3></div>";
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.count > b.count; });
    pairs.resize(std::min<std::size_t>(pairs.size(), 8));
    std::string s =
        "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Confused most often\"><h3>Confused "
        "most often</h3><table class=\"names\"><thead><tr><th "
        "scope=\"col\">true</th><th "
        "scope=\"col\">taken for</th>"
        "<th scope=\"col\">times</th><th scope=\"col\">of the class</th></tr></thead><tbody>";
    for (const Pair& pair : pairs)
      s += "<tr><td>" + escaped(p_.class_name(static_cast<std::int64_t>(pair.truth))) + "</td><td>" +
           escaped(p_.class_name(static_cast<std::int64_t>(pair.taken))) + "</td><td>" + grouped(pair.count) +
           "</td><td>" + percent(static_cast<double>(pair.count) / static_cast<double>(pair.of)) + "</td></tr>";
    return s + "</tbody></table></div>";
  }

  std::string per_class(std::size_t k) const {
    std::string rows;
    for (std::size_t c = 0; c < k; ++c) {
      std::int64_t of = 0, said = 0;
      for (std::size_t o = 0; o < k; ++o) {
        of += p_.confusion[c * k + o];
        said += p_.confusion[o * k + c];
      }
      const std::int64_t hit = p_.confusion[c * k + c];
      const auto share = [&](std::int64_t whole) {
        return whole > 0 ? percent(static_cast<double>(hit) / static_cast<double>(whole)) : std::string("–");
      };
      rows += "<tr><td>" + escaped(p_.class_name(static_cast<std::int64_t>(c))) + "</td><td>" + grouped(of) +
              "</td><td>" + share(of) + "</td><td>" + share(said) + "</td></tr>";
    }
    const bool folded = k > 12;
    return std::string(folded ? "<details><summary>Each class</summary>" : "") +
           "<div class=\"card scroll classes\" tabindex=\"0\" role=\"region\" aria-label=\"Each class\"><h3>Each "
           "class</h3><table class=\"names\"><thead><tr><th "
           "scope=\"col\">class</th><th "
           "scope=\"col\">samples</th>"
           "<th scope=\"col\">recall</th><th scope=\"col\">precision</th></tr></thead><tbody>" +
           rows + "</tbody></table></div>" + (folded ? "</details>" : "");
  }

  std::string worst() {
    if (!p_.x.given() || p_.worst.empty()) return "";
    std::string text = "Of " + grouped(p_.x.size()) + " " + escaped(p_.origin) +
                       " those with the greatest loss, the worst first. Samples are numbered from 0.";
    return begin("worst", p_.classified() ? "Worst classified" : "Worst predicted", text) + worst_samples(p_) +
           "</section>";
  }

  std::string findings() {
    std::string s = begin("check", "What check finds",
                          p_.check.subject.empty() ? std::string("The model is not built.")
                                                   : "In the " + escaped(p_.check.subject) + ".");
    if (p_.check.findings.empty()) s += "<div class=\"card finding\"><p>Nothing.</p></div>";
    for (const ModelFinding& f : p_.check.findings)
      s += "<div class=\"card finding " + std::string(name_of(f.severity)) + "\"><h3><span class=\"tag\">" +
           name_of(f.severity) + "</span>" + escaped(f.what) + "</h3><p>" + escaped(f.message) + ": " + escaped(f.why) +
           ".</p><p><b>Instead:</b> " + escaped(f.advice) + ".</p></div>";
    return s + missing() + "</section>";
  }

  /// What would be here, had it been asked for.
  std::string missing() const {
    std::string s;
    if (!p_.recorded)
      s += "<p class=\"soft\">Histograms stand here where a TrainingRecorder is among the callbacks of fit.</p>";
    if (!p_.x.given())
      s += "<p class=\"soft\">What is confused and what is hardest stand here where report is given samples (.x, .y), "
           "or fit a "
           "TrainingRecorder.</p>";
    if (p_.x.given() && !p_.classified())
      s += "<p class=\"soft\">There is no confusion matrix: " + escaped(p_.judged.reason) + ".</p>";
    return s;
  }

  const ReportParts& p_;
  std::string links_;
  int ids_ = 0;
};

/// What the policy calls a style sheet that may be in the page.
std::string style_hash() {
  Sha256 hash;
  hash.update(report_style.data(), report_style.size());
  const std::string digits = hash.digest();
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return "sha256-" + view::base64(bytes.data(), bytes.size());
}

}  // namespace

std::string report_page(const ReportParts& parts, const std::string& json) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
         "http-equiv=\"Content-Security-Policy\" "
         "content=\"default-src 'none'; img-src data:; style-src '" +
         style_hash() +
         "'; base-uri 'none'; form-action 'none'\"><meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\"><meta name=\"color-scheme\" content=\"light\"><title>" +
         escaped(parts.title) + "</title><style>" + std::string(report_style) + "</style></head>\n<body>" +
         Page(parts).body() +
         "<footer>Written by xgrad. Every number of this page is in it a second time, to the last bit, as JSON: the "
         "element "
         "report-data.</footer>\n<script type=\"application/json\" id=\"report-data\">" +
         json + "</script>\n</body></html>\n";
}

}  // namespace xgrad::detail
