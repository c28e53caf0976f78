#!/usr/bin/env bash
# corpus.sh: fetches odd and hostile test images of other projects into .setup/corpus, in about a
# minute, unless they are there already. They come from source packages, which have their own
# licenses, and are never committed. The packages come from the configured sources of apt and pip.
set -euo pipefail
cd "$(dirname "$0")/.."
into=$PWD/.setup/corpus
pillow=13.0.0
[ -e "$into/complete" ] && exit 0

# sources: prints a deb-src line for each configured deb line, in the one-line format: only `main`,
# and only the suite that is named after the release.
sources() {
  local codename file
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
    [ -f "$file" ] || continue
    case $file in
    # deb [OPTION=VALUE…] URI SUITE COMPONENT…
    *.list) sed -nE 's/^[[:space:]]*deb(-src)?[[:space:]]+(\[[^]]*\])?[[:space:]]*([^[:space:]]+)[[:space:]]+([^[:space:]]+)[[:space:]]+(.*)$/\2|\3|\4|\5/p' "$file" ;;
    # Paragraphs of `Name: value`; a line with leading blanks continues the previous value.
    *.sources) awk '
      function flush(  options, urls, suites, i, j) {
        if (types && tolower(field["enabled"]) != "no") {
          # An inline key has no one-line form; apt then uses its trusted keys.
          if (field["signed-by"] ~ /^\/[^[:space:]]+$/) options = "[signed-by=" field["signed-by"] "]"
          split(field["uris"], urls); split(field["suites"], suites)
          for (i in urls) for (j in suites) print options "|" urls[i] "|" suites[j] "|" field["components"]
        }
        split("", field); types = 0
      }
      /^#/ { next }
      /^[[:space:]]*$/ { flush(); next }
      /^[[:space:]]/ { field[name] = field[name] " " $0; next }
      { name = tolower($0); sub(/:.*/, "", name); value = $0; sub(/^[^:]*:/, "", value)
        gsub(/^[[:space:]]+|[[:space:]]+$/, "", value); field[name] = value
        if (name == "types") types = 1 }
      END { flush() }' "$file" ;;
    esac
  done | while IFS='|' read -r options uri suite components; do
    [ "$suite" = "$codename" ] && [[ " $components " == *" main "* ]] || continue
    # Sources have no architecture.
    options=$(sed -E 's/\<arch[+-]?=[^] ]*//; s/^\[[[:space:]]+/[/; s/^\[\]$//' <<<"$options")
    echo "deb-src ${options:+$options }$uri $suite main"
  done | sort -u
}

echo "corpus: fetching test images of exiv2, libpng, libjpeg-turbo, giflib, libwebp, exiftool and Pillow"
rm -rf "$into"
mkdir -p "$into"/apt/{state/lists/partial,cache/archives/partial} "$into/packed"
sources >"$into/apt/sources.list"
[ -s "$into/apt/sources.list" ] || { echo "corpus: apt has no source for this release" >&2; exit 1; }
apt=(-qq -o "Dir::Etc::SourceList=$into/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State=$into/apt/state" -o "Dir::Cache=$into/apt/cache" -o APT::Sandbox::User=root)
timeout 600 apt-get "${apt[@]}" update
(cd "$into/packed" && timeout 600 apt-get "${apt[@]}" --download-only source \
  exiv2 libpng1.6 libjpeg-turbo giflib libwebp libimage-exiftool-perl >/dev/null)
# pip reads the package's metadata with the package's own build backend, but compiles nothing.
timeout 600 .setup/venv/bin/pip download -q --disable-pip-version-check --no-deps --no-binary pillow \
  --dest "$into/packed" "pillow==$pillow"
mv "$into/packed/pillow-$pillow.tar.gz" "$into/packed/pillow_$pillow.orig.tar.gz"
for packed in "$into"/packed/*.orig.tar.*[gx]z; do
  set=$(basename "${packed%%_*}")
  mkdir -p "$into/files/$set"
  tar -xf "$packed" -C "$into/files/$set" --no-same-owner --wildcards --ignore-case \
    '*.jpg' '*.jpeg' '*.png' '*.gif' '*.webp' '*.bmp' '*.tif' '*.tiff' '*.svg' '*.mpo' '*.apng' 2>/dev/null || true
done
rm -rf "$into/apt" "$into/packed"
touch "$into/complete"
echo "corpus: $(find "$into/files" -type f | wc -l) files"
