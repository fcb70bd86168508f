#!/usr/bin/env bash
# Memory of a backfill of posts in no order of time: makes a file of dense posts
# of 1,000 brands, runs the whole command against an embedded engine, and prints
# the greatest resident memory (VmHWM) while sorting, at each million landed, and
# at the end. Ten million posts are 3.4 GB, and as much again while they are sorted.
#
#   make build && benchmarks/tenmillion.sh [POSTS]
set -euo pipefail
posts=${1:-10000000}
root=$(cd "$(dirname "$0")/.." && pwd)
fenghuo=$root/bin/fenghuo
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
export TMPDIR=$dir

(cd "$root" && FENGHUO_WRITE=$dir FENGHUO_POSTS=$posts go test ./benchmarks -count 1 -run '^TestWriteHistory$' -timeout 1h >&2)
"$fenghuo" up --data "$dir/data" --listen-kafka 127.0.0.1:0 --listen-clickhouse 127.0.0.1:0 >"$dir/up.out" 2>"$dir/up.err" &
until grep -q ready "$dir/up.out"; do sleep .2; done
url=$(grep -o 'http://[0-9.:]*' "$dir/up.out")

began=$SECONDS
"$fenghuo" backfill --config "$dir/fenghuo.yaml" --clickhouse "$url" --run ten "$dir/posts.jsonl" >"$dir/result" 2>"$dir/progress" &
backfill=$!
peak() { awk '/VmHWM/ { printf "%d", $2 / 1024 }' /proc/$backfill/status; }
landed() { tail -c 4096 "$dir/progress" | tr '\r' '\n' | grep -o 'backfill ten: [0-9]*' | tail -1 | grep -o '[0-9]*$'; }
most=0 next=0 # million; 0 stands for the first that lands
while now=$(peak 2>/dev/null) && [ -n "$now" ]; do
    most=$now n=$(landed || true)
    if [ "${n:-0}" -gt 0 ] && [ "$n" -ge $((next * 1000000)) ]; then
        echo "$next million: $most MiB at most, after $((SECONDS - began)) s"
        next=$((next + 1))
    fi
    sleep .5
done
wait $backfill || { tail -c 400 "$dir/progress" >&2; exit 1; }
echo "end: $most MiB at most, after $((SECONDS - began)) s"
cat "$dir/result"
