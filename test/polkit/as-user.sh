#!/bin/bash
# Runs a command inside the world as a user, in the cgroup of a session: as-user.sh UID SCOPE CGROUP_ROOTS -- COMMAND...
# libsystemd reads from the cgroup which session a process belongs to. Started as root.
set -eu
uid=$1
scope=$2
roots=$3
shift 4
for root in ${roots//:/ }; do
  folder=$root/user.slice/user-$uid.slice/$scope
  mkdir -p "$folder"
  echo $$ >"$folder/cgroup.procs"
done
exec setsid -w setpriv --reuid "$uid" --regid "$uid" --init-groups --reset-env -- "$@"
