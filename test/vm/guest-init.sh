#!/bin/sh
# First process of the test machine once the host's files are its root: makes the machine usable, runs the job, powers off.
# /run/vm is the job folder, shared with the host: job.sh and checkout in, status and files/ out.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir -p /dev/pts /dev/shm /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
ip link set lo up 2>/dev/null
# /tmp is a disk of its own here; a checkout in the host's is put back into its place.
checkout=$(cat /run/vm/checkout)
case $checkout in
  /tmp/*) mkdir -p "$checkout" && mount --bind "/run/host-tmp/${checkout#/tmp/}" "$checkout" ;;
esac
# The kernel asks for file-system modules by itself; nothing asks for this one before /dev/loop-control is there.
modprobe -q loop
stty raw -echo < /dev/ttyS1 2>/dev/null
if [ -e /run/vm/interactive ]; then
  setsid -c bash -l < /dev/ttyS1 > /dev/ttyS1 2>&1
else
  setsid -w sh /run/vm/job.sh < /dev/null > /dev/ttyS1 2>&1
fi
echo $? > /run/vm/status
sync
echo o > /proc/sysrq-trigger
sleep 60
