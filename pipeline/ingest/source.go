package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// maxLine is the longest row that is read whole; what is longer is cut.
const maxLine = 32 << 20

// Source is one or more files of rows, checked and open.
type Source struct {
	// Workers is how many goroutines make rows; with 1 none but that which takes
	// the rows. Open sets it to the number of cores.
	Workers int

	files   []*file
	tables  []rows
	size    int64
	read    atomic.Int64
	unknown bool // some size is not known
}

// rows reads one file to its end, its rows made by so many goroutines. It fails
// with an error that says where.
type rows interface {
	each(workers int, yield func(Row) bool) error
	columns() map[string]kind // those in use, nil where each row says its own
}

// Open opens every file and checks its first rows against the mapping, so that
// a mistake is told before anything is sent. No name at all is standard input.
// Zone is that of times which name none. Standard input ends with ctx, whose
// error it then has.
func Open(ctx context.Context, names []string, format Format, m Mapping, zone *time.Location) (*Source, error) {
	if len(names) == 0 {
		names = []string{Stdin}
	}
	s := &Source{Workers: runtime.GOMAXPROCS(0)}
	for _, name := range names {
		f, err := open(ctx, name, format, &s.read)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.files = append(s.files, f)
		s.size += f.size
		s.unknown = s.unknown || f.size == 0
		r, err := f.rows(m, zone)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", f.label(), err), s.Close())
		}
		s.tables = append(s.tables, r)
	}
	if err := s.agree(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// agree refuses files whose columns in use differ: one that lost its brands
// would go unnoticed among the others.
func (s *Source) agree() error {
	first := -1
	for i, t := range s.tables {
		columns := t.columns()
		switch {
		case columns == nil:
		case first < 0:
			first = i
		default:
			if err := differ(s.files[i].label(), columns, s.files[first].label(), s.tables[first].columns()); err != nil {
				return err
			}
		}
	}
	return nil
}

func differ(name string, columns map[string]kind, firstName string, first map[string]kind) error {
	for _, c := range slices.Sorted(maps.Keys(first)) {
		k, there := columns[c]
		switch {
		case !there:
			return fmt.Errorf("%s: no column %q, which %s has: take them apart, or leave the column out with --map FIELD=''", name, c, firstName)
		case k != first[c] && k != "" && first[c] != "":
			return fmt.Errorf("%s: column %q holds %s, in %s it holds %s: take them apart", name, c, k, firstName, first[c])
		}
	}
	for _, c := range slices.Sorted(maps.Keys(columns)) {
		if _, there := first[c]; !there {
			return fmt.Errorf("%s: column %q is not in %s: take them apart, or leave the column out with --map FIELD=''", name, c, firstName)
		}
	}
	return nil
}

// Close closes the files.
func (s *Source) Close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// Progress is how many bytes of the files on disk were read, and of how many;
// total is 0 when it is not known.
func (s *Source) Progress() (read, total int64) {
	if s.unknown {
		return s.read.Load(), 0
	}
	return s.read.Load(), s.size
}

// Rows yields the rows in the order of the files. A file that breaks off
// yields the rows before that; the others go on, and the error is the last
// element.
func (s *Source) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var broken []error
		for i, t := range s.tables {
			stopped := false
			err := t.each(s.Workers, func(r Row) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
			if stopped {
				return
			}
			if err != nil {
				broken = append(broken, fmt.Errorf("%s: %w", s.files[i].label(), err))
			}
		}
		if len(broken) > 0 {
			yield(Row{}, errors.Join(broken...))
		}
	}
}

func (f *file) rows(m Mapping, zone *time.Location) (rows, error) {
	b := newBuilder(m, f.base(), zone)
	switch f.format {
	case JSONL:
		return newLines(f.in, m, b)
	case TSV:
		return newTabbed(f.in, m, b)
	case CSV:
		return newCommaSeparated(f.in, m, b)
	case Parquet:
		return newColumnar(f.table, m, b)
	}
	return nil, fmt.Errorf("unknown format %q: use jsonl, csv, tsv or parquet", f.format)
}
