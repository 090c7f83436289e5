#!/bin/sh
# Where commits wait for the copy of the primary (synchronous_commit = remote_apply), a copy that is gone stops them all:
# they wait for it while it follows, and only then. To be run on the primary every few seconds, as postgres.
set -eu
copy=walreceiver # what a copy is called that pg_basebackup has begun
ask() { psql -XqAt -d postgres "$@"; }

now=$(ask -c "SHOW synchronous_standby_names")
state=$(ask -c "SELECT state FROM pg_stat_replication WHERE application_name = '$copy'")
if [ "$state" = streaming ]; then wanted=$copy; else wanted=; fi
if [ "$now" != "$wanted" ]; then
    ask -c "ALTER SYSTEM SET synchronous_standby_names = '$wanted'" -c "SELECT pg_reload_conf()" >/dev/null
fi
