#!/bin/sh
# Runs in mount, pid, cgroup and host name namespaces of its own, and becomes a systemd that knows nothing but the units
# in $1 and starts their target. The machine's files are there, but cannot be written: what services write is in memory.
set -e
units=$1
checkout=$2
systemd=$3

mount --make-rprivate /
mount -t proc proc /proc
umount -R /sys/fs/cgroup
if grep -q :name=systemd: /proc/self/cgroup; then
	mount -t tmpfs tmpfs /sys/fs/cgroup
	mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
	mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
else
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
mount -o remount,bind,ro /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/lock /run/packetless
mount --bind "$checkout" /run/packetless
cp "$units"/* /run/systemd/system/
mount -t tmpfs tmpfs /var
mkdir -p /var/lib /var/log
mkdir -m 1777 /var/tmp
mount -t tmpfs -o mode=1777 tmpfs /tmp
export container=packetless-test
exec "$systemd" --system --unit=packetless-test.target --show-status=no
