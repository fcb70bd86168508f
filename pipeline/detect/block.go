package detect

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// insertBlock sends one block in ClickHouse's own format. The columns' types
// being known, the table need not be asked for them. A block is not merged
// within itself beforehand: the rows of one have keys of their own.
func (t *tables) insertBlock(ctx context.Context, token, table string, names []string, block []byte) error {
	settings := clickhouse.Settings{
		"insert_deduplication_token":      token,
		"insert_deduplicate":              1,
		"async_insert":                    0,
		"optimize_on_insert":              0,
		"max_partitions_per_insert_block": 0,
	}
	body := block
	if !t.near {
		packed, err := pack(block)
		if err != nil {
			return err
		}
		settings["decompress"], body = 1, packed
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings))
	query := fmt.Sprintf("INSERT INTO %s (%s)", table, strings.Join(names, ", "))
	t.buffer = nil // a request that failed may be read from still
	if err := t.conn.InsertFormat(ctx, "Native", query, bytes.NewReader(body)); err != nil {
		return err
	}
	t.buffer = block
	return nil
}

// packedPart is how much is compressed at a time.
const packedPart = 1 << 20

// pack compresses a block for its way through a network.
func pack(block []byte) (packed []byte, err error) {
	w := compress.NewWriter(compress.LevelZero, compress.LZ4)
	for part := range slices.Chunk(block, packedPart) {
		if err := w.Compress(part); err != nil {
			return nil, err
		}
		packed = append(packed, w.Data...)
	}
	return packed, nil
}

// grouped lists rows by key, keys in the order of compare and the rows of one
// key in the order they have.
func grouped[R any, K comparable](rows []R, key func(*R) K, compare func(a, b K) int) []*R {
	numbers := make(map[K]int32)
	var keys []K
	var ends []int // of a key's rows; first their number
	of := make([]int32, len(rows))
	for i := range rows {
		k := key(&rows[i])
		n, known := numbers[k]
		if !known {
			n = int32(len(keys))
			numbers[k], keys, ends = n, append(keys, k), append(ends, 0)
		}
		of[i] = n
		ends[n]++
	}
	slices.SortFunc(keys, compare)
	next := make([]int, len(keys)) // where the next row of a key goes, by number
	at := 0
	for _, k := range keys {
		n := numbers[k]
		next[n] = at
		at += ends[n]
	}
	list := make([]*R, len(rows))
	for i := range rows {
		n := of[i]
		list[next[n]] = &rows[i]
		next[n]++
	}
	return list
}
