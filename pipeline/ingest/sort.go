package ingest

import (
	"container/heap"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
)

// SortOptions bound what a sort may take.
type SortOptions struct {
	Dir      string // for temporary files; default the system's
	MaxBytes int    // rows held in memory; default 128 MiB
	FanIn    int    // temporary files merged at once; default 64
}

// Sort yields rows by event time; rows of one time keep their order. What does
// not fit into memory waits in compressed temporary files, which are gone at
// the end, however the process ends. An error of the input comes last, after all
// rows that were read.
func Sort(rows iter.Seq2[Row, error], o SortOptions) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s := newSorter(o)
		defer s.cleanUp()
		broken, err := s.collect(rows)
		if err != nil {
			yield(Row{}, err)
			return
		}
		done := false
		err = s.merged(func(r Row) bool {
			done = !yield(r, nil)
			return !done
		})
		if err = errors.Join(err, broken); err != nil && !done {
			yield(Row{}, err)
		}
	}
}

// SortAll takes all rows in before it returns, so that an input that breaks off
// is an error before any row of it is used. The rows may be taken once; close
// removes the temporary files.
func SortAll(rows iter.Seq2[Row, error], o SortOptions) (sorted iter.Seq2[Row, error], close func(), err error) {
	s := newSorter(o)
	broken, err := s.collect(rows)
	if err = errors.Join(err, broken); err != nil {
		s.cleanUp()
		return nil, nil, err
	}
	return func(yield func(Row, error) bool) {
		done := false
		err := s.merged(func(r Row) bool {
			done = !yield(r, nil)
			return !done
		})
		if err != nil && !done {
			yield(Row{}, err)
		}
	}, s.cleanUp, nil
}

// sorter is a merge sort over runs on disk and one in memory.
type sorter struct {
	options SortOptions
	held    packedRows
	runs    [][]*os.File // by level; a run of a level is a merge of FanIn of the level below
}

func newSorter(o SortOptions) *sorter {
	if o.MaxBytes == 0 {
		o.MaxBytes = 128 << 20
	}
	if o.FanIn == 0 {
		o.FanIn = 64
	}
	return &sorter{options: o}
}

// collect takes all rows in. broken is the input's error, err the sort's own.
func (s *sorter) collect(rows iter.Seq2[Row, error]) (broken, err error) {
	for r, err := range rows {
		if err != nil {
			return err, nil
		}
		s.held.add(&r)
		if s.held.bytes >= s.options.MaxBytes {
			if err := s.spill(); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// spill writes the rows in memory as a run, and merges runs when there are
// FanIn of one level, so that open files and their buffers stay bounded. Runs
// of a level lie in input order, which keeps the sort stable.
func (s *sorter) spill() error {
	s.held.sort()
	run, err := writeRun(s.options.Dir, s.held.all)
	if err != nil {
		return err
	}
	s.held.clear()
	return s.add(0, run)
}

func (s *sorter) add(level int, run *os.File) error {
	if len(s.runs) == level {
		s.runs = append(s.runs, nil)
	}
	s.runs[level] = append(s.runs[level], run)
	if len(s.runs[level]) < s.options.FanIn {
		return nil
	}
	merged, err := s.mergeFiles(s.runs[level])
	if err != nil {
		return err
	}
	s.runs[level] = nil
	return s.add(level+1, merged)
}

func (s *sorter) mergeFiles(runs []*os.File) (*os.File, error) {
	var inner error
	merged, err := writeRun(s.options.Dir, func(yield func([]byte) bool) {
		inner = merge(runs, yield)
	})
	return merged, errors.Join(inner, err)
}

// merged yields all rows in order. When some are on disk the rest goes there,
// too: who takes the rows in needs the memory more, for as long as that lasts.
func (s *sorter) merged(yield func(Row) bool) error {
	var u unpacker
	unpacked := func(packed []byte) bool { return yield(u.row(packed)) }
	if len(s.runs) == 0 {
		s.held.sort()
		s.held.all(unpacked)
		return nil
	}
	if len(s.held.places) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.held = packedRows{}
	// Older runs have been merged to higher levels: oldest first.
	var runs []*os.File
	for level := len(s.runs) - 1; level >= 0; level-- {
		runs = append(runs, s.runs[level]...)
	}
	return merge(runs, unpacked)
}

func (s *sorter) cleanUp() {
	for _, run := range slices.Concat(s.runs...) {
		_ = run.Close() // those that were read to their end are closed
	}
}

// merge yields the rows of sorted runs, those of earlier runs first where times
// are equal.
func merge(runs []*os.File, yield func([]byte) bool) error {
	var h cursors
	defer func() {
		for _, c := range h {
			c.close()
		}
	}()
	for i, file := range runs {
		r, err := openRun(file)
		if err != nil {
			return err
		}
		if err := h.push(&cursor{r, i}); err != nil {
			return err
		}
	}
	for len(h) > 0 {
		if !yield(h[0].row) {
			return nil
		}
		if err := h.advance(); err != nil {
			return err
		}
	}
	return nil
}

// cursor stands on a row of a run.
type cursor struct {
	*run
	order int
}

// cursors is a heap, earliest row first.
type cursors []*cursor

func (h cursors) Len() int { return len(h) }
func (h cursors) Less(i, j int) bool {
	if h[i].ms != h[j].ms {
		return h[i].ms < h[j].ms
	}
	return h[i].order < h[j].order
}
func (h cursors) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *cursors) Push(x any)   { *h = append(*h, x.(*cursor)) }
func (h *cursors) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// push adds a cursor, standing on its first row.
func (h *cursors) push(c *cursor) error {
	more, err := c.next()
	if err != nil || !more {
		c.close()
		return err
	}
	heap.Push(h, c)
	return nil
}

// advance moves the first cursor on.
func (h *cursors) advance() error {
	more, err := (*h)[0].next()
	if err != nil || !more {
		heap.Pop(h).(*cursor).close()
		return err
	}
	if len(*h) > 1 {
		heap.Fix(h, 0)
	}
	return nil
}

// noRoom says what to do where the temporary folder takes no more.
func noRoom(err error) error {
	return fmt.Errorf("no room to sort, TMPDIR names another folder: %w", err)
}
