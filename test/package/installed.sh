#!/bin/bash
# Process 1 of a copy-on-write view of this machine in which packages can be installed and removed: installed.sh SCRIPT ARGUMENTS...
# Run as: unshare --mount --propagation private --pid --fork --kill-child bash installed.sh ...; nothing of it stays.
# In it, what was changed beside the package manager's own notes is listed by the command `changed-files`.
set -eu
mount -t tmpfs -o size=3g tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
mount -t proc proc /mnt/root/proc
for folder in dev sys; do mount --rbind "/$folder" "/mnt/root/$folder"; done
for folder in run tmp; do mount -t tmpfs -o mode=1777 tmpfs "/mnt/root/$folder"; done
mount --bind /mnt/upper /mnt/root/mnt
# A checkout that lies in /tmp is put back into its place.
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case $checkout in
  /tmp/*) mkdir -p "/mnt/root$checkout" && mount --bind "$checkout" "/mnt/root$checkout" ;;
esac
cat >/mnt/root/run/changed-files <<'SCRIPT'
#!/bin/sh
cd /mnt && find . ! -type d ! -type c | sed 's:^\.::' | grep -Ev \
  -e '^/(var/lib/dpkg|var/cache|var/log|var/lib/(man-db|apt|systemd)|root|run|tmp|mnt)/' -e '^/usr/share/mime/[^p]' \
  -e '^/usr/share/applications/mimeinfo.cache$' -e '^/usr/share/icons/.*icon-theme.cache$' | sort
SCRIPT
chmod 755 /mnt/root/run/changed-files
export PATH=/run:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
exec chroot /mnt/root bash "$@"
