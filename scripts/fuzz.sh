#!/usr/bin/env bash
# fuzz.sh [TARGET…]: runs the fuzz targets (by default all of fuzz/fuzz_targets) under libFuzzer, each
# for FUZZ_SECONDS (default 60), and adds the inputs that reach new code to fuzz/corpus; commit the
# useful ones. `image` runs a second time from the images of .setup/corpus (scripts/corpus.sh), if
# present; inputs derived from those stay in .setup/fuzz, because others hold the rights.
# Stops at the first crash and prints the input and how to reproduce it.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
input_max=4096 memory_mib=2048 input_seconds=10
cargo_fuzz=$PWD/.setup/fuzz/bin/cargo-fuzz
work=.setup/fuzz/work
# cargo-fuzz passes unstable flags; this lets stable Rust accept them.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/fuzz

# fuzz TARGET DIRECTORY…: runs from the inputs of all directories; adds new ones to the first.
fuzz() {
  local target=$1 artifacts=fuzz/artifacts/$1
  shift
  mkdir -p "$artifacts"
  timeout $((seconds + 120)) "$cargo_fuzz" run "$target" "$@" -- -max_total_time="$seconds" \
    -max_len=$input_max -timeout=$input_seconds -rss_limit_mb=$memory_mib -print_final_stats=1 \
    -artifact_prefix="$artifacts/" >"$work/$target.log" 2>&1 || crashed "$target"
  grep -E '^(stat::number_of_executed_units|Done)' "$work/$target.log" | sed 's/^/  /'
}

# merge TARGET INTO FROM: adds to INTO the fewest inputs of FROM that reach the same additional code;
# ignores how often code runs, and removes nothing.
merge() {
  timeout 300 "$cargo_fuzz" run "$1" "$2" "$3" -- -set_cover_merge=1 -use_counters=0 -max_len=$input_max \
    >"$work/$1.merge.log" 2>&1 || { tail -20 "$work/$1.merge.log" >&2; exit 1; }
}

crashed() {
  local artifact
  tail -40 "$work/$1.log" >&2
  artifact=$(sed -nE 's/.*Test unit written to (.*)$/\1/p' "$work/$1.log" | tail -1)
  echo "fuzz: $1 failed${artifact:+ on ${artifact#"$PWD"/}}; full output: $work/$1.log" >&2
  [ -z "$artifact" ] || echo "fuzz: to reproduce: RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/fuzz .setup/fuzz/bin/cargo-fuzz run $1" \
    "${artifact#"$PWD"/}; once fixed, keep the input in fuzz/corpus/$1" >&2
  exit 1
}

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs -a fuzz/fuzz_targets/*.rs)
mkdir -p "$work"
echo "fuzz: building the targets (some minutes the first time)"
timeout 3000 "$cargo_fuzz" build >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; exit 1; }

for target in "${targets[@]}"; do
  corpus=fuzz/corpus/$target
  before=$(find "$corpus" -type f | wc -l)
  echo "fuzz: $target for $seconds s from $before inputs"
  rm -rf "${work:?}/$target"
  mkdir "$work/$target"
  fuzz "$target" "$work/$target" "$corpus"
  merge "$target" "$corpus" "$work/$target"
  echo "  $(($(find "$corpus" -type f | wc -l) - before)) inputs added to $corpus"

  [ "$target" = image ] && [ -e .setup/corpus/complete ] || continue
  echo "fuzz: image for $seconds s from the images of .setup/corpus"
  rm -rf "$work/external"
  mkdir -p "$work/external" .setup/fuzz/image
  find .setup/corpus/files -type f -size -$((input_max * 2))c -exec cp --backup=numbered -t "$work/external" {} +
  fuzz image .setup/fuzz/image "$corpus" "$work/external"
done
find fuzz/corpus -type f -printf '%s\n' |
  awk '{ sum += $1 } END { printf "fuzz: no crash; the corpus has %d inputs, %d KiB\n", NR, sum / 1024 }'
