# What an administrator does, in installed.sh's world: install-and-remove.sh DEB. Each answer is one line `name: text`.
set -eu
deb=$1
say() { echo "$1: $(echo "$2" | tr '\n' '|')"; }

dpkg --force-depends -i "$deb" >/run/log 2>&1 || { cat /run/log; exit 1; }
say programs "$(command -v platter platter-window; readlink -f /usr/bin/platter-window)"
say version "$(platter --version)"
say page "$(man -w platter)"
say defaults "$(cat /etc/xdg/mimeapps.list /usr/share/applications/mimeapps.list 2>/dev/null | grep -c platter || true)"
say entry "$(grep -c 'org.platter.Platter.desktop' /usr/share/applications/mimeinfo.cache)"
say doctor "$(platter doctor --json | grep -Eo '"id":"(helper|helper-files|versions|udev|kernel)","state":"[a-z]+"' | cut -d'"' -f4,8)"
say list "$(platter --json list | head -c 1)"

# Attached, upgraded, removed: the device stays what it is, and its content readable.
truncate -s 4M /tmp/kept.img && echo content | dd of=/tmp/kept.img conv=notrunc status=none
device=$(platter --quiet attach /tmp/kept.img)
say attached "$(losetup -n -O BACK-FILE "$device")"
dpkg --force-depends -i "$deb" >/run/log 2>&1 || { cat /run/log; exit 1; }
say upgraded "$(losetup -n -O BACK-FILE "$device") $(head -c 7 "$device")"
dpkg -r platter >/run/log 2>&1 || { cat /run/log; exit 1; }
say removed "$(losetup -n -O BACK-FILE "$device") $(head -c 7 "$device") $(test -e /run/platter && echo records kept)"
say left "$(changed-files)"
dpkg --force-depends -i "$deb" >/run/log 2>&1 || { cat /run/log; exit 1; }
say again "$(platter detach "$device")"
dpkg --purge platter >/run/log 2>&1 || { cat /run/log; exit 1; }
say purged "$(losetup -n -O NAME -j /tmp/kept.img)$(changed-files)$(ls -d /run/platter 2>/dev/null || true)"
