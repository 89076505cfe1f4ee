#!/bin/sh
# Installs Chromium for the browser journeys where it is missing and can be
# installed: by apt, as root. It never fails: the tests say what is missing.
[ "${VOUCHSAFE_NO_BROWSER:-}" = 1 ] && exit 0
[ -n "${VOUCHSAFE_CHROMIUM:-}" ] && exit 0
for name in chromium chromium-browser google-chrome google-chrome-stable headless-shell; do
	command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Chromium is not here; installing it by apt for the browser journeys."
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-install-recommends chromium >/dev/null 2>&1 && exit 0
	apt-get update >/dev/null 2>&1
	apt-get install -y --no-install-recommends chromium >/dev/null || echo "apt could not install chromium."
	exit 0
fi
echo "Chromium is not here and cannot be installed by this user: install the package chromium, or name a browser in VOUCHSAFE_CHROMIUM."
