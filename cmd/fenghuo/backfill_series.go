package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/ingest"
)

// openSeries adds the values of --series to rows that are in order of event
// time. A file that breaks off is refused before the run is touched.
func (f *backfillFlags) openSeries(ctx context.Context, rows iter.Seq2[ingest.Row, error], zone *time.Location, span backfill.Span) (
	all iter.Seq2[ingest.Row, error], close func() error, err error) {
	var open []*ingest.Source
	cleanUp := func() {}
	close = func() error {
		cleanUp()
		var errs []error
		for _, s := range open {
			errs = append(errs, s.Close())
		}
		return errors.Join(errs...)
	}
	if err := f.checkSeriesMapping(); err != nil {
		return nil, nil, err
	}
	for _, given := range f.series {
		name, file, ok := strings.Cut(given, "=")
		if !ok || file == "" {
			return nil, nil, errors.Join(fmt.Errorf("--series %q: write NAME=FILE, such as orders=orders.csv", given), close())
		}
		mapping, err := ingest.ParseSeriesMapping(name, f.mappingOf(name))
		if err != nil {
			return nil, nil, errors.Join(err, close())
		}
		s, err := ingest.Open(ctx, []string{file}, ingest.Auto, mapping, zone)
		if err != nil {
			return nil, nil, errors.Join(err, close())
		}
		open = append(open, s)
	}
	values := func(yield func(ingest.Row, error) bool) {
		for _, s := range open {
			for row, err := range s.Rows() {
				if !yield(row, err) {
					return
				}
			}
		}
	}
	sorted, clean, err := ingest.SortAll(backfill.Within(values, span), ingest.SortOptions{})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("nothing was taken: %w", err), close())
	}
	cleanUp = clean
	return backfill.Merge(rows, sorted), close, nil
}

// checkSeriesMapping refuses what is meant for a series that is not given.
func (f *backfillFlags) checkSeriesMapping() error {
	for _, v := range f.seriesMapping {
		of, _, named := strings.Cut(v, ":")
		if named && !strings.Contains(of, "=") && !f.hasSeries(of) {
			return fmt.Errorf("--series-map %q: no --series %s=FILE is given", v, of)
		}
	}
	return nil
}

func (f *backfillFlags) hasSeries(name string) bool {
	return slices.ContainsFunc(f.series, func(given string) bool { return strings.HasPrefix(given, name+"=") })
}

// mappingOf are the values of --series-map for a series: those that begin with
// its name and a colon, and those that begin with no series' name.
func (f *backfillFlags) mappingOf(name string) (values []string) {
	for _, v := range f.seriesMapping {
		of, rest, named := strings.Cut(v, ":")
		switch named = named && f.hasSeries(of); {
		case !named:
			values = append(values, v)
		case of == name:
			values = append(values, rest)
		}
	}
	return values
}

// seriesFiles are the files that --series names.
func (f *backfillFlags) seriesFiles() (files []string) {
	for _, given := range f.series {
		if _, file, ok := strings.Cut(given, "="); ok {
			files = append(files, file)
		}
	}
	return files
}
