#!/bin/sh
# Finds a Chromium for the browser tests, or installs one. Argument: the Python that has playwright.
# Order: what the reader names, what is on the machine, what playwright has, Debian's package, playwright's download.
set -u
python=$1

works() { "$1" --version >/dev/null 2>&1; }

if [ -n "${GPTLAB_CHROMIUM:-}" ]; then
    works "$GPTLAB_CHROMIUM" && exit 0
    echo "GPTLAB_CHROMIUM is $GPTLAB_CHROMIUM, which does not start; give the path of a Chromium or Chrome, or unset it" >&2
    exit 1
fi

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    works "$name" && exit 0
done
for path in "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    works "$path" && exit 0
done
"$python" - <<'PYTHON' && exit 0
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as browsers:
    sys.exit(not pathlib.Path(browsers.chromium.executable_path).exists())
PYTHON

echo "== installing Chromium for the browser tests"
said=$(mktemp)
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=none; fi
    if [ "$as_root" != none ]; then
        $as_root apt-get update -qq >"$said" 2>&1
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium \
            >>"$said" 2>&1 </dev/null
        works chromium && { rm -f "$said"; exit 0; }
    fi
fi
"$python" -m playwright install chromium >>"$said" 2>&1 </dev/null && { rm -f "$said"; exit 0; }
tail -n 5 "$said" >&2
rm -f "$said"
echo "no Chromium was found and none could be installed (the lines above say why). Install Chromium or Chrome, or set" \
    "GPTLAB_CHROMIUM to its path, then run make test again" >&2
exit 1
