package detect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// oneBlock is more rows than land together: the server makes one block, and with
// it one part a partition, of all that an insert sends.
const oneBlock = 1 << 22

// insertBlocks sends packed rows, to land as one. The columns' types being known,
// the table need not be asked for them. A block is not merged within itself
// beforehand: nearly all its rows have keys of their own.
func (t *tables) insertBlocks(ctx context.Context, token, table string, p *packed) error {
	settings := clickhouse.Settings{
		"insert_deduplication_token":      token,
		"insert_deduplicate":              1,
		"async_insert":                    0,
		"optimize_on_insert":              0,
		"max_partitions_per_insert_block": 0,
		"min_insert_block_size_rows":      oneBlock,
		"min_insert_block_size_bytes":     0,
		"decompress":                      1,
	}
	body := make([]io.Reader, len(p.blocks))
	for i, block := range p.blocks {
		body[i] = bytes.NewReader(block)
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings))
	query := fmt.Sprintf("INSERT INTO %s (%s)", table, strings.Join(p.names, ", "))
	err := t.conn.InsertFormat(ctx, "Native", query, io.MultiReader(body...))
	p.reread = p.reread || err != nil
	return err
}

// insertPacked lands rows of a range.
func (t *tables) insertPacked(ctx context.Context, r *Range, table string, p *packed) error {
	if p.rows == 0 {
		return nil
	}
	return t.insertBlocks(ctx, t.log.token(r), table, p)
}

// packedPart is how much is compressed at a time.
const packedPart = 1 << 20

// compressed appends a block, compressed, to data.
func compressed(data, block []byte) ([]byte, error) {
	w := compress.NewWriter(compress.LevelZero, compress.LZ4)
	for part := range slices.Chunk(block, packedPart) {
		if err := w.Compress(part); err != nil {
			return nil, err
		}
		data = append(data, w.Data...)
	}
	return data, nil
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
