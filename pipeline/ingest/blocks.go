package ingest

import "time"

// raw is a row as it was cut from its file. Nobody writes to its memory again.
type raw struct {
	line   []byte   // without its end
	cells  []string // of a CSV row
	number int      // line of the file on which it begins
}

// mill makes the rows of a file: cut yields them raw, one after the other, and
// any builder makes a row of one, so that several are made at once.
type mill struct {
	builder *builder
	cut     func(yield func(raw) bool) error
	row     func(*builder, raw) Row
}

// Bounds of what is under way between the one that cuts and the one that takes
// the rows: some hundred KiB.
const (
	blockBytes = 64 << 10
	blockRows  = 1024
	maxMakers  = 8 // one cuts about as fast as so many make
)

// block is consecutive rows on their way: made by any goroutine, taken in order.
type block struct {
	first   int // number of rows before it
	raws    []raw
	bytes   int
	rows    []Row
	undated int           // rows before the first with a time of its own
	made    chan struct{} // gets one when rows are there
}

// belt carries blocks from the one that cuts to those that make, and to the one
// that takes them. There are only so many blocks, and room for all of them in
// each channel.
type belt struct {
	mill
	free, todo, ordered chan *block
	stop                chan struct{} // closed when no more rows are taken
}

// each yields the rows in their order, made by so many goroutines, or by none
// but this one. They end by themselves after an early stop and are not waited
// for: the one that cuts may wait for standard input, which may never go on.
func (m mill) each(workers int, yield func(Row) bool) (err error) {
	if workers == 1 {
		return m.cut(func(r raw) bool { return yield(m.one(m.builder, r)) })
	}
	workers = min(workers, maxMakers)
	n := 2 * (workers + 1)
	b := &belt{mill: m, free: make(chan *block, n), todo: make(chan *block, n), ordered: make(chan *block, n), stop: make(chan struct{})}
	defer close(b.stop)
	for range n {
		b.free <- &block{made: make(chan struct{}, 1)}
	}
	var broken error
	go func() {
		defer close(b.ordered)
		defer close(b.todo)
		broken = b.cutAll()
	}()
	for range workers {
		go func() {
			with := m.builder.fork()
			for blk := range b.todo {
				m.make(with, blk)
			}
		}()
	}
	if !b.take(yield) {
		return nil
	}
	return broken
}

// cutAll sends all rows off in blocks.
func (b *belt) cutAll() error {
	var blk *block
	with, n := b.builder.fork(), 0
	send := func() {
		b.ordered <- blk
		if blk.bytes > blockBytes { // a long row: only one of them is held at a time
			b.make(with, blk)
		} else {
			b.todo <- blk
		}
		blk = nil
	}
	err := b.cut(func(r raw) bool {
		if blk != nil && (len(blk.raws) == blockRows || blk.bytes+len(r.line) > blockBytes) {
			send()
		}
		if blk == nil {
			select {
			case blk = <-b.free:
				blk.first, blk.bytes = n, 0
			case <-b.stop:
				return false
			}
		}
		blk.raws = append(blk.raws, r)
		blk.bytes += len(r.line)
		n++
		return true
	})
	if blk != nil {
		send()
	}
	return err
}

// one makes a row.
func (m mill) one(b *builder, r raw) Row {
	b.begins = r.number
	return m.row(b, r)
}

// make makes the rows of a block. Which time those before its first dated row
// have is known when it is taken.
func (m mill) make(b *builder, blk *block) {
	b.row, b.last, b.dated = blk.first, time.Time{}, false
	blk.rows, blk.undated = blk.rows[:0], 0
	for _, r := range blk.raws {
		blk.rows = append(blk.rows, m.one(b, r))
		if !b.dated {
			blk.undated++
		}
	}
	clear(blk.raws)
	blk.raws = blk.raws[:0]
	blk.made <- struct{}{}
}

// take yields the rows of all blocks; it is false after an early stop.
func (b *belt) take(yield func(Row) bool) bool {
	var last time.Time
	for blk := range b.ordered {
		<-blk.made
		for i := range blk.rows {
			r := &blk.rows[i]
			if i < blk.undated {
				r.At = last
			}
			last = r.At
			if !yield(*r) {
				return false
			}
		}
		b.free <- blk
	}
	return true
}
