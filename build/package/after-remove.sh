#!/bin/sh
# After removal, of .deb ("remove", "purge") and .rpm (0). Nothing happens on an upgrade: open windows and attached images
# go on. Attached devices and mounts are the kernel's and stay; losetup and umount take them away.
set -e

case $1 in remove | purge | 0) ;; *) exit 0 ;; esac

if command -v udevadm >/dev/null 2>&1; then
  udevadm control --reload 2>/dev/null || true
fi

if [ -e /etc/apparmor.d/platter-window ]; then
  if [ -e /sys/kernel/security/apparmor/profiles ] && command -v apparmor_parser >/dev/null 2>&1; then
    apparmor_parser --remove /etc/apparmor.d/platter-window >/dev/null 2>&1 || true
  fi
  rm -f /etc/apparmor.d/platter-window
fi

# Records of attached devices tell a later installation whose they are; without any, nothing is left.
attached=
for device in /sys/block/loop*/loop; do
  [ -e "$device" ] || continue
  number=$(cat "${device%/loop}/diskseq" 2>/dev/null) || continue
  if [ -e "/run/platter/devices/$number" ]; then attached=yes; fi
done
if [ -z "$attached" ]; then rm -rf /run/platter; fi

exit 0
