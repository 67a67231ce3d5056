#include "xgrad/nn/logits.hpp"

#include <string_view>

#include "nn/notes.hpp"
#include "xgrad/tape/node_view.hpp"

namespace xgrad::detail {

namespace {

struct Logits {
  LogitsKind kind{};
  Var logits = {};
};
thread_local Notes<Logits, 4> memo;

}  // namespace

void remember_logits(const Var& output, const Var& logits, LogitsKind kind) { memo.put(output, {kind, logits}); }

Var logits_behind(const Var& y_pred, LogitsKind kind) {
  Node* node = y_pred.node();
  const Logits* noted = memo.find(y_pred, [&](const Logits& l) { return l.kind == kind && l.logits.valid(); });
  if (noted) return noted->logits;
  if (!node->tape) return {};
  const NodeView made(node);
  const std::string_view op = kind == LogitsKind::softmax ? "softmax" : "sigmoid";
  if (made.op() != op || made.input_count() != 1) return {};
  const NodeView from = made.input(0);
  return from.live() && from.shape() == made.shape() ? from.var() : Var();
}

void forget_logits() noexcept { memo = {}; }

}  // namespace xgrad::detail
