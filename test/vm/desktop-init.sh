#!/bin/sh
# Runs inside the desktop machine as root under systemd once it is up: waits for the user's session, runs the job, and has systemd switch
# the machine off as a person would.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
stty raw -echo < /dev/ttyS1 2>/dev/null
for _ in $(seq 600); do [ -S /run/user/1001/bus ] && break; sleep 0.1; done
if [ -e /run/vm/interactive ]; then
  setsid -c bash -l < /dev/ttyS1 > /dev/ttyS1 2>&1
else
  sh /run/vm/job.sh < /dev/null
fi
echo $? > /run/vm/status
systemctl poweroff --no-block
