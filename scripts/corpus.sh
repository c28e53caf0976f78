#!/usr/bin/env bash
# corpus.sh: fetches odd and hostile pictures that others made, into .setup/corpus. They come from
# source packages, with their own licences, and are never committed.
set -euo pipefail
cd "$(dirname "$0")/.."
into=$PWD/.setup/corpus
pillow=13.0.0
[ -e "$into/complete" ] && exit 0
echo "corpus: fetching test pictures of exiv2, libpng, libjpeg-turbo, giflib, libwebp, exiftool and Pillow"
rm -rf "$into"
mkdir -p "$into"/apt/{state/lists/partial,cache/archives/partial} "$into/packed"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$keyring] http://deb.debian.org/debian bookworm main" >"$into/apt/sources.list"
apt=(-qq -o "Dir::Etc::SourceList=$into/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State=$into/apt/state" -o "Dir::Cache=$into/apt/cache" -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update
(cd "$into/packed" && apt-get "${apt[@]}" --download-only source \
  exiv2 libpng1.6 libjpeg-turbo giflib libwebp libimage-exiftool-perl >/dev/null)
# The index names the file; asking pip for it would build it first.
url=$(curl -sSf -H 'Accept: application/vnd.pypi.simple.v1+json' https://pypi.org/simple/pillow/ |
  python3 -c "import json,sys
print(next(f['url'] for f in json.load(sys.stdin)['files'] if f['filename'] == 'pillow-$pillow.tar.gz'))")
curl -sSf -o "$into/packed/pillow_$pillow.orig.tar.gz" "$url"
for packed in "$into"/packed/*.orig.tar.*[gx]z; do
  set=$(basename "${packed%%_*}")
  mkdir -p "$into/files/$set"
  tar -xf "$packed" -C "$into/files/$set" --no-same-owner --wildcards --ignore-case \
    '*.jpg' '*.jpeg' '*.png' '*.gif' '*.webp' '*.bmp' '*.tif' '*.tiff' '*.svg' '*.mpo' '*.apng' 2>/dev/null || true
done
rm -rf "$into/apt" "$into/packed"
touch "$into/complete"
