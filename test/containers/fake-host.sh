#!/bin/sh
# The first process of a fake host: runs in mount, network, host name and control group namespaces of its own, and in the
# group $1 of every hierarchy. What container runtimes write lies in memory and goes with the namespaces; in the folder $2,
# and only there, the machine sees their sockets.
set -e
group=$1
folder=$2

mount --make-rprivate /
mkdir "$folder/data"
mount --bind "$folder" "$folder"
mount -o remount,bind,ro /
for place in /run "$folder/data"; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mkdir -p /run/lock /run/netns "$folder/data/tmp"
for place in /etc /var/lib; do
	over=$folder/data/over$place
	mkdir -p "$over/written" "$over/work"
	mount -t overlay -o "lowerdir=$place,upperdir=$over/written,workdir=$over/work" overlay "$place"
done
# Without it dockerd does not load a profile into the one kernel there is.
if [ -d /sys/kernel/security ]; then mount -t tmpfs tmpfs /sys/kernel/security; fi

# Afresh, so that the group of this process is the root of what is mounted.
hierarchies=$(awk '$3 == "cgroup" { print $2 }' /proc/mounts)
unified=$(awk '$3 == "cgroup2" { print $2 }' /proc/mounts)
umount -R /sys/fs/cgroup
[ "$unified" = /sys/fs/cgroup ] || mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
for place in $hierarchies; do
	mkdir "$place"
	controllers=${place##*/}
	[ "$controllers" != systemd ] || controllers=none,name=systemd
	mount -t cgroup -o "$controllers" cgroup "$place"
done
for place in $unified; do
	mkdir -p "$place"
	mount -t cgroup2 cgroup2 "$place"
done
# In the second version a group with processes cannot hand controllers down.
for place in $hierarchies $unified; do echo $$ >"$place/daemons/cgroup.procs"; done

hostname "$group"
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo ready
exec sleep infinity
