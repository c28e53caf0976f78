#!/usr/bin/env bash
# bench.sh: prints the table of benchmarks, in about half an hour, and records the run in
# bench/runs/<date>-<commit>/: the machine, the commit and the output of each part. BENCH_DIR is a
# directory on the disk to measure; BENCH_ONLY is one part: metadata, v2, uploads, sizes, delivery, memory,
# growth, search or images. search needs a directory that the user postgres can reach.
set -euo pipefail
cd "$(dirname "$0")/.."
timeout 3600 cargo build -q --release --locked -p birdhouse -p birdhouse-bench
bin=${CARGO_TARGET_DIR:-$PWD/target}/release
scratch=$(mktemp -d "${BENCH_DIR:-$PWD/target}/bench.XXXXXX")
end() {
  [ -z "${BENCH_POSTGRES:-}" ] || scripts/postgres.sh stop "$scratch/postgres"
  rm -rf "$scratch"
}
trap end EXIT

# A run with uncommitted changes is marked as such.
changes=$(git status --porcelain --untracked-files=no)
record=bench/runs/$(date -u +%F)-$(git rev-parse --short HEAD)${changes:+-changed}
mkdir -p "$record"

# disk DIRECTORY: prints its file system and kind of disk.
disk() {
  local source fs
  read -r source fs < <(findmnt -fno SOURCE,FSTYPE -T "$1")
  case $source in
  /dev/vd*) echo "$fs on a virtual disk" ;;
  /dev/*) case $(lsblk -ndo TRAN,ROTA "$source" 2>/dev/null || true) in
    nvme*) echo "$fs on NVMe" ;;
    *1) echo "$fs on a rotating disk" ;;
    *0) echo "$fs on a solid-state disk" ;;
    *) echo "$fs" ;;
    esac ;;
  *) echo "$fs" ;;
  esac
}

cat >"$record/machine.txt" <<END
cpu     $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1)
cores   $(nproc)
memory  $(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)
kernel  $(uname -srm)
disk    $(disk "$scratch")
load    $(cut -d' ' -f1-3 /proc/loadavg) before the run
END
{
  git log -1 --format='commit  %H%ndate    %cI'
  [ -n "$changes" ] && echo "tree    with uncommitted changes" || echo "tree    as committed"
  echo "rustc   $(rustc --version)"
} >"$record/commit.txt"
echo "bench: recording into $record"

# Its owner must be able to reach its directory.
case ${BENCH_ONLY:-search} in search)
  chmod 711 "$scratch"
  BENCH_POSTGRES=$(scripts/postgres.sh start "$scratch/postgres")
  export BENCH_POSTGRES ;;
esac
rustus=.setup/bench/bin/rustus
export SHARP_HOME=$PWD/.setup/bench/node
[ "${BENCH_ONLY:-}" = images ] ||
  BENCH_RECORD=$record timeout 3600 "$bin/birdhouse-bench" "$bin/birdhouse" "$scratch" \
    $([ -x $rustus ] && echo "$rustus")
[ -z "${BENCH_ONLY:-}" ] || [ "$BENCH_ONLY" = images ] || exit 0
[ -x .setup/bench/bin/oximg ] && export OXIMG=$PWD/.setup/bench/bin/oximg
photo=.setup/bench/photo/usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg
timeout 3600 .setup/bench/venv/bin/python crates/bench/peers/media.py "$bin/birdhouse" "$photo" "$scratch" |
  tee "$record/images.txt"
