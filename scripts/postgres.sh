#!/usr/bin/env bash
# postgres.sh start DIR | stop DIR: a temporary PostgreSQL in DIR, on a free port of loopback.
# `start` prints the URL of its database. Writes nothing outside DIR. It does not flush: it is killed, but
# the machine under it is not.
set -euo pipefail
command=$1 dir=$(realpath -m "$2")
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)

# PostgreSQL refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

case $command in
start)
  mkdir -p "$dir"
  [ "$(id -u)" = 0 ] && chown postgres "$dir"
  chmod 700 "$dir"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cd "$dir"
  as_owner "$bin/initdb" -D "$dir/data" -U birdhouse --auth=trust --no-sync -E UTF8 --locale=C >"$dir/initdb.log"
  as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -s \
    -o "-c listen_addresses=127.0.0.1 -p $port -k $dir -c max_connections=200 -c fsync=off" start >/dev/null
  as_owner "$bin/createdb" -h 127.0.0.1 -p "$port" -U birdhouse birdhouse
  echo "postgres://birdhouse@127.0.0.1:$port/birdhouse"
  ;;
stop)
  cd "$dir"
  as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop
  ;;
*) echo "usage: postgres.sh start|stop DIR" >&2; exit 2 ;;
esac
