// Convolutions on oneDNN: which, and how.

#include <cstring>
#include <initializer_list>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>

#ifdef XGRAD_HAVE_ONEDNN
#include <oneapi/dnnl/dnnl.hpp>
#endif

#include "kernels/conv_bands.hpp"
#include "kernels/conv_providers.hpp"
#include "kernels/isa.hpp"
#include "kernels/provider_choice.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

#if defined(XGRAD_HAVE_ONEDNN) && DNNL_VERSION_MAJOR == 2  // the third version makes primitives in another way
#define XGRAD_ONEDNN_CONV
constexpr bool kOneDnn = true;
#else
constexpr bool kOneDnn = false;
#endif

constexpr NamedProvider<ConvProvider> kKnown[] = {{"own", ConvProvider::own, true},
                                                  {"onednn", ConvProvider::onednn, kOneDnn}};
constinit ProviderChoice<ConvProvider> choice("XGRAD_CONV", kKnown);

/// Measured on Zen 4 with oneDNN 2.6.3, one thread: how many times oneDNN's time our own kernels take.
///
/// | | forward | w̄ | x̄ |
/// |---|---|---|---|
/// | 3 × 3, 32 to 256 channels | 0.97 to 1.16 | 1.05 to 1.55 | 0.96 to 1.16 |
/// | the same with strides of 2 | 0.96 | 0.93 | 1.07 |
/// | with dilation 2; with 4 groups of 16 | 1.21; 1.25 | 1.04; 1.31 | 1.12; 1.36 |
/// | 1, 3 and 8 channels | 1.07, 1.28, 1.08 | 1.15, 1.26, 1.30 | 0.3, 0.7, 1.24 |
/// | each channel for itself | 1.16 | 1.93 | 0.98 |
/// | the same with two filters a channel | 0.63 | 0.63 | 0.34 |
///
/// Shorter vectors were not measured.
bool onednn_is_faster(const ConvShape& s, ConvPass pass) {
  if (active() != Isa::v4 || s.flops() < 2e6) return false;
  if (s.depthwise()) return s.filters == s.c && pass != ConvPass::input;
  if (s.stride[0] != 1 || s.stride[1] != 1) return false;
  if (s.groups > 1 && (s.group_channels() % 16 != 0 || s.group_filters() % 16 != 0)) return false;
  return pass != ConvPass::input || s.c >= 8;
}

}  // namespace

bool has_onednn_conv() noexcept { return kOneDnn; }

void force_conv_provider(ConvProvider provider) { choice.force("force_conv_provider", provider); }

void choose_conv_provider_by_shape() noexcept { choice.by_shape(); }

ConvProvider conv_provider_for(const ConvShape& s, ConvPass pass) {
  if (const std::optional<ConvProvider> forced = choice.forced()) return *forced;
  return kOneDnn && !strict() && onednn_is_faster(s, pass) ? ConvProvider::onednn : ConvProvider::own;
}

#ifdef XGRAD_ONEDNN_CONV

namespace {

using dnnl::memory;

const dnnl::engine& engine() {
  static const dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}

/// One convolution of a shape, made once. Executing it is safe on several threads: each brings its own scratchpad.
struct Convolution {
  ConvShape shape;
  ConvPass pass;
  bool there = false;  // false: oneDNN has none
  memory::desc x, y, plain, packed, scratch;
  dnnl::primitive run;
  dnnl::reorder pack;  // of the weights, to `packed` or from it
};

memory::dims margins(const ConvShape& s, bool after) {
  const auto behind = [&](int i, I64 n, I64 k, I64 out) {
    return (out - 1) * s.stride[i] + reach(k, s.dilation[i]) - n - s.before[i];
  };
  if (!after) return {s.before[0], s.before[1]};
  return {behind(0, s.h, s.kh, s.oh), behind(1, s.w, s.kw, s.ow)};
}

void make(Convolution& c) {
  const ConvShape& s = c.shape;
  constexpr auto f32 = memory::data_type::f32;
  using Tag = memory::format_tag;
  c.x = memory::desc({s.n, s.c, s.h, s.w}, f32, Tag::nhwc);
  c.y = memory::desc({s.n, s.filters, s.oh, s.ow}, f32, Tag::nhwc);
  const memory::dims weights = s.groups == 1
                                   ? memory::dims{s.filters, s.c, s.kh, s.kw}
                                   : memory::dims{s.groups, s.group_filters(), s.group_channels(), s.kh, s.kw};
  c.plain = memory::desc(weights, f32, s.groups == 1 ? Tag::hwio : Tag::hwigo);
  const memory::desc any(weights, f32, Tag::any);
  const memory::dims strides{s.stride[0], s.stride[1]}, dilates{s.dilation[0] - 1, s.dilation[1] - 1};
  const memory::dims before = margins(s, false), after = margins(s, true);
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, direct, c.x, any, c.y, strides, dilates, before, after}, attributes,
      engine());
  const auto take = [&](const auto& primitive, const auto& made, const memory::desc& packed) {
    if (std::strncmp(made.impl_info_str(), "ref", 3) == 0) return;  // its model for tests: many times slower than ours
    c.packed = packed;
    c.scratch = made.scratchpad_desc();
    c.run = primitive;
    const bool from = c.pass == ConvPass::kernel;
    if (c.packed != c.plain)
      c.pack = dnnl::reorder(
          dnnl::reorder::primitive_desc(engine(), from ? c.packed : c.plain, engine(), from ? c.plain : c.packed));
    c.there = true;
  };
  if (c.pass == ConvPass::forward) {
    take(dnnl::convolution_forward(forward), forward, forward.weights_desc());
  } else if (c.pass == ConvPass::input) {
    const dnnl::convolution_backward_data::primitive_desc made({direct, c.x, any, c.y, strides, dilates, before, after},
                                                               attributes, engine(), forward);
    take(dnnl::convolution_backward_data(made), made, made.weights_desc());
  } else {
    const dnnl::convolution_backward_weights::primitive_desc made(
        {direct, c.x, any, c.y, strides, dilates, before, after}, attributes, engine(), forward);
    take(dnnl::convolution_backward_weights(made), made, made.diff_weights_desc());
  }
}

/// The convolution of this shape: made on first use and kept, the latest 128.
/// @return null where oneDNN has none
std::shared_ptr<const Convolution> convolution(const ConvShape& s, ConvPass pass) {
  static std::mutex mutex;
  static auto* const known = new std::list<std::shared_ptr<const Convolution>>;  // outlives what runs at exit
  constexpr std::size_t most = 128;
  const std::lock_guard lock(mutex);
  for (auto i = known->begin(); i != known->end(); ++i) {
    if ((*i)->pass != pass || !((*i)->shape == s)) continue;
    if (i != known->begin()) known->splice(known->begin(), *known, i);
    return (*i)->there ? *i : nullptr;
  }
  auto made = std::make_shared<Convolution>();
  made->shape = s;
  made->pass = pass;
  try {
    const OneThread scope;  // what it is made for
    make(*made);
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_out_of_memory) throw std::bad_alloc();
  }
  if (known->size() >= most) known->pop_back();
  known->push_front(made);
  return made->there ? made : nullptr;
}

/// Runs a primitive on memory. By the C interface: its C++ form asks the heap for a map and counts references.
struct Operand {
  int what;
  const memory::desc* desc;
  void* data;
};
void execute(const dnnl::primitive& primitive, std::initializer_list<Operand> operands) {
  dnnl_exec_arg_t list[4];
  int count = 0;
  dnnl_stream_t stream = nullptr;
  dnnl_status_t status = dnnl_stream_create(&stream, engine().get(), dnnl_stream_default_flags);
  for (const Operand& o : operands) {
    if (status != dnnl_success) break;
    list[count].arg = o.what;
    status = dnnl_memory_create(&list[count].memory, &o.desc->data, engine().get(), o.data);
    if (status == dnnl_success) ++count;
  }
  if (status == dnnl_success) status = dnnl_primitive_execute(primitive.get(), stream, count, list);
  if (status == dnnl_success) status = dnnl_stream_wait(stream);
  while (count > 0) dnnl_memory_destroy(list[--count].memory);
  if (stream != nullptr) dnnl_stream_destroy(stream);
  if (status == dnnl_out_of_memory) throw std::bad_alloc();
  if (status != dnnl_success) throw std::runtime_error("xgrad: oneDNN could not run a convolution that it made");
}

void reorder(const Convolution& c, float* from, float* to) {
  const bool packs = c.pass != ConvPass::kernel;
  execute(c.pack,
          {{DNNL_ARG_FROM, packs ? &c.plain : &c.packed, from}, {DNNL_ARG_TO, packs ? &c.packed : &c.plain, to}});
}

void execute(const Convolution& c, float* x, float* w, float* y, float* scratch) {
  execute(c.run, {{c.pass == ConvPass::input ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, &c.x, x},
                  {c.pass == ConvPass::kernel ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, &c.packed, w},
                  {c.pass == ConvPass::forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, &c.y, y},
                  {DNNL_ARG_SCRATCHPAD, &c.scratch, scratch}});
}

I64 floats(std::size_t bytes) { return static_cast<I64>((bytes + 63) / 64 * 16); }

}  // namespace

bool onednn_convolution(const ConvShape& s, ConvPass pass, const float* a, const float* b, float* result) {
  // Pictures are cut into as many pieces as threads; their sizes differ by one at the most.
  const I64 grain = grain_of(s.flops(), s.n);
  const I64 pieces = in_parallel_region() ? 1 : std::clamp<I64>(s.n / std::max<I64>(1, grain), 1, num_threads());
  ConvShape part = s;
  part.n = s.n / pieces;
  const auto small = convolution(part, pass);
  part.n = (s.n + pieces - 1) / pieces;
  const auto large = part.n == s.n / pieces ? small : convolution(part, pass);
  if (small == nullptr || large == nullptr || small->packed != large->packed) return false;

  const I64 weights = floats(small->packed.get_size());
  const I64 scratch = std::max(floats(small->scratch.get_size()), floats(large->scratch.get_size()));
  const bool sums = pass == ConvPass::kernel, packs = small->packed != small->plain;
  // Packed weights, one for all; or the sums of each piece, but for a single one that can go to its place.
  const bool direct = sums ? pieces == 1 && !packs : !packs;
  Room<float> room(pieces * scratch + (direct ? 0 : sums ? pieces * weights : weights));
  float* const packed = room.data() + pieces * scratch;
  const auto writable = [](const float* p) { return const_cast<float*>(p); };  // oneDNN's memory knows no const
  if (!sums && packs) {
    const OneThread scope;
    reorder(*small, writable(b), packed);
  }
  const auto run = [&](I64 piece) {
    const I64 begin = s.n * piece / pieces, end = s.n * (piece + 1) / pieces;
    const Convolution& c = end - begin == small->shape.n ? *small : *large;
    const I64 x = begin * s.h * s.w * s.c, y = begin * s.oh * s.ow * s.filters;
    float* const own = room.data() + piece * scratch;
    if (pass == ConvPass::forward) return execute(c, writable(a) + x, packs ? packed : writable(b), result + y, own);
    if (pass == ConvPass::input) return execute(c, result + x, packs ? packed : writable(b), writable(a) + y, own);
    execute(c, writable(a) + x, direct ? result : packed + piece * weights, writable(b) + y, own);
  };
  if (pieces == 1) {
    const OneThread scope;
    run(0);
  } else {
    parallel_for(
        pieces, 1,
        [&](I64 begin, I64 end) {
          for (I64 i = begin; i < end; ++i) run(i);
        },
        1);
  }
  if (!sums || direct) return true;
  for (I64 piece = 1; piece < pieces; ++piece) {
    for (I64 i = 0; i < weights; ++i) packed[i] += packed[piece * weights + i];
  }
  const OneThread scope;
  if (packs) {
    reorder(*small, packed, result);
  } else {
    std::memcpy(result, packed, static_cast<std::size_t>(s.taps() * s.filters) * sizeof(float));
  }
  return true;
}

#else

bool onednn_convolution(const ConvShape&, ConvPass, const float*, const float*, float*) { return false; }

#endif

}  // namespace xgrad::kernels
