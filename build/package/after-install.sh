#!/bin/sh
# After installation and upgrade, of .deb and .rpm. Default programs of media types stay as they are: the person decides.
set -e

app=/opt/Platter

# The rule that keeps attached images out of by-label links and out of LVM, MD and btrfs.
if command -v udevadm >/dev/null 2>&1; then
  udevadm control --reload 2>/dev/null || true
fi

# The window's sandbox needs user namespaces; where the system has none for ordinary users, a set-user-ID program serves.
if [ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || echo 1)" = 0 ] ||
  [ "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null || echo 0)" = 0 ]; then
  chmod 4755 "$app/chrome-sandbox"
else
  chmod 0755 "$app/chrome-sandbox"
fi

# Ubuntu 24.04 and later let only programs with a profile make user namespaces. Older versions of AppArmor cannot read it.
profile=$app/resources/apparmor-profile
if [ -d /etc/apparmor.d ] && command -v apparmor_parser >/dev/null 2>&1 &&
  apparmor_parser --skip-kernel-load --skip-cache --debug "$profile" >/dev/null 2>&1; then
  cp "$profile" /etc/apparmor.d/platter-window
  chmod 0644 /etc/apparmor.d/platter-window
  if [ -e /sys/kernel/security/apparmor/profiles ]; then
    apparmor_parser --replace --write-cache --skip-read-cache /etc/apparmor.d/platter-window || true
  fi
fi

exit 0
