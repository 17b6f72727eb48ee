#!/bin/bash
# Process 1 of a world of its own: private mount and PID namespaces with a real dbus-daemon, polkitd and pkexec, Platter's
# files installed as a package would, three users, and the session files that libsystemd reads in place of a logind.
# Lives until its standard input ends. Run by world.ts as: unshare ... bash world.sh CHECKOUT BUNDLE, which is a helper's bundle,
# the folder /usr of an unpacked package, or a .deb.
# Nothing of it is visible outside, and nothing stays (but cgroup folders, which world.ts removes).
set -eu
checkout=$1
bundle=$2
here=/run/platter-test
cd /

# What other programs have mounted is theirs: a copy of it here would keep their devices busy, and look like ours.
sed -nE 's:^([^ ]+ ){4}(/run/media/[^ ]+) .*:\2:p' /proc/self/mountinfo | tac | while read -r place; do
  umount -l "$(printf '%b' "${place//\\/\\0}")"
done
# A package is installed by dpkg into a copy-on-write view of the whole machine.
if [[ $bundle == *.deb ]]; then
  mount -t tmpfs -o size=4g tmpfs /mnt
  mkdir /mnt/{upper,work,root}
  mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
  for folder in /dev /proc /sys /tmp "$checkout"; do
    mkdir -p "/mnt/root$folder"
    mount --rbind "$folder" "/mnt/root$folder"
  done
  cd /mnt/root
  pivot_root . mnt
  umount -l /mnt
fi
mount -t tmpfs -o mode=755,exec,suid tmpfs /run
mkdir -p /run/dbus /run/lock "$here" /run/systemd/{sessions,users,seats,machines}

# Users: alice and bob are ordinary, carol may administer (Debian: group sudo).
for file in passwd group shadow; do cp -p "/etc/$file" "$here/$file"; done
number=61000
for user in alice bob carol; do
  number=$((number + 1))
  echo "$user:x:$number:$number::$here/home/$user:/bin/bash" >>"$here/passwd"
  echo "$user:x:$number:" >>"$here/group"
  mkdir -p "$here/home/$user"
  chown "$number:$number" "$here/home/$user"
  chmod 700 "$here/home/$user"
done
sed -i -E 's/^(sudo:[^:]*:[^:]*:)(.*)$/\1carol/' "$here/group"
for file in passwd group shadow; do mount --bind "$here/$file" "/etc/$file"; done

mkdir -p "$here/checkout"
mount --bind -o ro "$checkout" "$here/checkout"
if [[ $bundle == *.deb ]]; then
  dpkg --force-depends -i "$bundle" >"$here/dpkg.log" 2>&1 || { cat "$here/dpkg.log" >&2; exit 1; }
else
  # Platter as a package installs it, over a copy-on-write /usr/lib.
  mkdir -p "$here/usr-lib"/{upper,work}
  # A folder instead of a bundle is /usr of the package itself.
  [ -d "$bundle" ] && packaged=$bundle/lib: || packaged=
  mount -t overlay -o "lowerdir=$packaged/usr/lib,upperdir=$here/usr-lib/upper,workdir=$here/usr-lib/work" overlay /usr/lib
  if [ -z "$packaged" ]; then
    helper=/usr/lib/platter/helper
    mkdir -p "$helper/node_modules/koffi" "$helper/node_modules/@koromix"
    cp "$bundle" "$helper/helper.js"
    cp "$checkout/build/launcher/platter-helper" "$helper/platter-helper"
    chmod 755 "$helper/platter-helper"
    echo '{ "type": "module", "version": "0.0.0" }' >"$helper/package.json"
    touch "$helper/node"
    mount --bind "$checkout/node_modules/node/bin/node" "$helper/node"
    mount --bind "$checkout/node_modules/koffi" "$helper/node_modules/koffi"
    mount --bind "$checkout/node_modules/@koromix" "$helper/node_modules/@koromix"
  fi
  for folder in actions rules.d; do
    mkdir "$here/$folder"
    cp -a "/usr/share/polkit-1/$folder/." "$here/$folder/"
    mount --bind "$here/$folder" "/usr/share/polkit-1/$folder"
  done
  cp "$checkout/build/polkit/org.platter.policy" /usr/share/polkit-1/actions/
  cp "$checkout/build/polkit/49-org.platter.rules" /usr/share/polkit-1/rules.d/
fi

# polkitd is started by the bus when somebody asks for it. pkexec knows the well-known socket only.
dbus-daemon --system --nofork --nopidfile --nosyslog >"$here/dbus.log" 2>&1 &
until [ -S /run/dbus/system_bus_socket ]; do :; done
echo ready
# Ends with its input; a child that ends meanwhile is reaped by bash.
while read -r _; do :; done
