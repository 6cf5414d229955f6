#!/bin/sh
# Starts all boxes and nats-servers of one pattern on this machine, until Ctrl-C: sh docs/patterns/start.sh hybrid
# ISTHMUS and NATS_SERVER say what to run, if not this repository's box and the nats-server in PATH.
set -eu
patterns=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$patterns" && cd "${1:?which pattern? give the name of a folder}" && pwd)
cd "$patterns/../.."
. "$folder/defaults.env"

logs=$(mktemp -d)
pids=""
trap 'trap - INT TERM; kill $pids 2>/dev/null || true; wait; exit 0' INT TERM
for file in "$folder"/*.conf "$folder"/*.yaml; do
  [ -e "$file" ] || continue
  name=$(basename "${file%.*}")
  case $file in
    *.conf) ${NATS_SERVER:-nats-server} -c "$file" -l "$logs/$name.log" & ;;
    *.yaml) ${ISTHMUS:-bun src/main.ts} -c "$file" -l "$logs/$name.log" & ;;
  esac
  pids="$pids $!"
  echo "$name: $logs/$name.log"
done
echo "running, until Ctrl-C"
wait
