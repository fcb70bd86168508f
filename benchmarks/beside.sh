#!/usr/bin/env bash
# How much a backfill slows a live pipeline on the same machine: the time that
# live takes for the posts of one day, alone before and after, and beside a
# backfill with a share.
#
#   make build && benchmarks/beside.sh [SHARE] [POSTS]
#
# A share s may slow live down by 1/(1-s) at most.
set -euo pipefail
share=${1:-0.25} posts=${2:-200000}
fenghuo=$(cd "$(dirname "$0")/.." && pwd)/bin/fenghuo
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"

"$fenghuo" simulate --days 4 --brands 50 --skus 500 --posts-per-day "$posts" --out all.jsonl --config-out fenghuo.yaml 2>/dev/null
"$fenghuo" simulate --days 7 --brands 50 --skus 500 --posts-per-day "$posts" --start 2025-06-01T00:00:00+08:00 --out history.jsonl.gz 2>/dev/null &
simulating=$!
split -n l/4 all.jsonl day.
"$fenghuo" up --data data --listen-kafka 127.0.0.1:19092 --listen-clickhouse 127.0.0.1:18123 >up.out 2>up.err &
export FENGHUO_CONFIG=fenghuo.yaml
args=(--brokers 127.0.0.1:19092 --clickhouse http://127.0.0.1:18123)
until grep -q ready: up.out; do sleep .2; done
"$fenghuo" migrate "${args[@]}" >/dev/null 2>&1
"$fenghuo" run "${args[@]}" --listen-metrics '' 2>run.err &
wait $simulating

live() { # seconds that live takes for a file
    local began=$EPOCHREALTIME
    "$fenghuo" ingest "${args[@]}" --no-sort --wait "$1" >/dev/null 2>&1
    echo "$EPOCHREALTIME $began" | awk '{ printf "%.1f\n", $1 - $2 }'
}
live day.aa >/dev/null # warms up
first=$(live day.ab)
"$fenghuo" backfill "${args[@]}" --run past --share "$share" history.jsonl.gz >/dev/null 2>backfill.err &
backfill=$!
sleep 10 # it has started
spent() { awk '{ print ($14 + $15) / 100 }' /proc/$backfill/stat; } # its processor time, seconds
before=$(spent) began=$EPOCHREALTIME
beside=$(live day.ac)
part=$(echo "$(spent) $before $EPOCHREALTIME $began $(nproc)" | awk '{ printf "%.2f", ($1 - $2) / ($3 - $4) / $5 }')
kill -0 $backfill || { echo "the backfill ended before live did: give a smaller share or fewer posts" >&2; exit 1; }
kill $backfill
wait $backfill || true
last=$(live day.ad)
awk -v f="$first" -v l="$last" -v b="$beside" -v s="$share" -v p="$part" 'BEGIN {
    printf "alone %.1f and %.1f s, beside a backfill with a share of %s %.1f s: %.2f times (bound %.2f)\n", f, l, s, b, 2 * b / (f + l), 1 / (1 - s)
    printf "the backfill itself, without ClickHouse, took %s of the cores\n", p }'
