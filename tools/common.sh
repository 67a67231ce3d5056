# Shared by tools/run, tools/test and tools/bench: what must be installed, and one quiet build. To be sourced by bash.
# V=1 shows the build's output also when it succeeds; XGRAD_BUILD=DIR builds elsewhere than in build/.

xgrad_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
xgrad_build=${XGRAD_BUILD:-$xgrad_root/build}

# One need a line: packages that satisfy it (any one will do), the first of which is installed where none is there.
xgrad_needs=(
  "g++ clang"
  "meson"
  "ninja-build"
  "pkg-config pkgconf"
  "libopenblas-openmp-dev libopenblas-pthread-dev libopenblas-serial-dev libopenblas-dev"
  "xtl-dev"
  "libxsimd-dev"
  "libxtensor-dev"
  "libxtensor-blas-dev"
  "libkissfft-dev"
  "doctest-dev"
  "zlib1g-dev"
  "libzip-dev"
)
xgrad_wants=(libdnnl-dev libcurl4-openssl-dev ca-certificates)   # installed where the distribution has it, never asked for again

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Something for a person who waits; silent in pipes.
note() {
  if [[ -t 2 ]]; then printf '%s\n' "$*" >&2; fi
}

installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Runs a command; shows what it said only if it fails, or with V=1.
quietly() {
  if [[ ${V:-0} == 1 ]]; then
    "$@" >&2
    return
  fi
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    cat "$log" >&2
    printf 'failed: %s\n' "$*" >&2
  fi
  rm -f "$log"
  return "$status"
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Installs what is absent; does nothing, and needs no rights, where all is there.
install_dependencies() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    local tool
    for tool in meson ninja pkg-config; do
      command -v "$tool" >/dev/null || fail "This is not a Debian-like system, so nothing was installed. Please install: a C++20 compiler (g++ 12, clang 14 or later)," \
        "meson, ninja, pkg-config, OpenBLAS, zlib and libzip with their headers; if you like also oneDNN and libcurl (data sets then fetch themselves), xtl, xsimd, xtensor, xtensor-blas, kissfft and doctest" \
        "(meson downloads the last six if they are absent). Fedora: gcc-c++ meson pkgconf openblas-devel zlib-devel libzip-devel libcurl-devel. Arch: gcc meson pkgconf openblas libzip curl. Homebrew: meson pkg-config openblas libomp libzip."
    done
    return
  fi

  local need package missing=()
  for need in "${xgrad_needs[@]}"; do
    local found=0
    for package in $need; do
      if installed "$package"; then found=1; break; fi
    done
    if ((found == 0)); then missing+=("${need%% *}"); fi
  done
  if ((${#missing[@]} == 0)); then return; fi

  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    fail "xgrad needs packages that are not installed, and this user may not install them. Please run as root: apt-get install ${missing[*]}"
  fi
  note "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends)
  quietly as_root apt-get -q update </dev/null || note "apt-get update failed; trying with the lists that are here"
  quietly "${apt[@]}" install "${missing[@]}" </dev/null || fail "apt-get could not install: ${missing[*]}"
  for package in "${xgrad_wants[@]}"; do
    if ! installed "$package" && apt-cache show "$package" >/dev/null 2>&1; then
      "${apt[@]}" install "$package" </dev/null >/dev/null 2>&1 || note "went on without $package"
    fi
  done
}

# configure_once, then `build TARGET…` with ninja.
build() {
  install_dependencies
  if [[ ! -f $xgrad_build/build.ninja ]]; then
    note "configuring $xgrad_build"
    rm -rf "$xgrad_build/meson-private" "$xgrad_build/meson-info"   # left by a configuration that failed
    quietly meson setup "$xgrad_build" "$xgrad_root" </dev/null || exit 1
    note "building; the first time takes a minute or two"
  fi
  quietly ninja -C "$xgrad_build" "$@" </dev/null || exit 1
}
