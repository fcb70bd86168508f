package detect

import (
	"context"
	"errors"
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
	}
	blocks := make([]io.Reader, len(p.blocks))
	for i := range p.blocks {
		blocks[i] = p.blocks[i].reader()
	}
	body := io.MultiReader(blocks...)
	if !t.near {
		settings["decompress"] = 1
		body = newCompressed(body)
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings))
	query := fmt.Sprintf("INSERT INTO %s (%s)", table, strings.Join(p.names, ", "))
	err := t.conn.InsertFormat(ctx, "Native", query, body)
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

// compressedPart is how much is compressed at a time.
const compressedPart = 1 << 20

// compressed is what it reads, compressed as servers of ClickHouse do among
// themselves.
type compressed struct {
	from io.Reader
	w    *compress.Writer
	part []byte
	rest []byte // of w.Data
}

func newCompressed(from io.Reader) *compressed {
	return &compressed{from: from, w: compress.NewWriter(compress.LevelZero, compress.LZ4), part: make([]byte, compressedPart)}
}

func (c *compressed) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		n, err := io.ReadFull(c.from, c.part)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // which the last part has
			return 0, err
		}
		if err := c.w.Compress(c.part[:n]); err != nil {
			return 0, err
		}
		c.rest = c.w.Data
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
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
