#!/bin/sh
# Reads until whoever started it is done, or has ended in whatever way, then clears away a fake host: whatever lives in the
# control groups, which are all arguments but the first, the groups, and the folder $1. Fails when that takes too long.
cat >/dev/null
folder=$1
shift
for try in $(seq 200); do
	pids=$(find "$@" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u)
	[ -z "$pids" ] || kill -9 $pids 2>/dev/null
	find "$@" -depth -type d -exec rmdir {} \; 2>/dev/null
	if [ -z "$(find "$@" -maxdepth 0 2>/dev/null)" ]; then
		rm -rf "$folder"
		exit 0
	fi
	sleep 0.1
done
exit 1
