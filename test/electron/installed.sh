#!/bin/sh
# Runs a command where the package is installed, in a mount namespace of its own: installed.sh SYSTEM_LIB WINDOW_FOLDER COMMAND...
# SYSTEM_LIB: /usr/lib of the package. WINDOW_FOLDER: what is /opt/Platter there.
set -eu
system=$1 window=$2
shift 2
mount -t overlay -o "lowerdir=$system:/usr/lib" overlay /usr/lib
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir /opt/Platter
mount --bind "$window" /opt/Platter
exec "$@"
