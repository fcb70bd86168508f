package ingest

import (
	"strings"
	"time"
)

// localLayouts are how tables write a time without its zone. Go reads one or
// two digits for each number of them but the year, and a fraction of a second.
var localLayouts = []string{"2006-1-2 15:4:5", "2006-1-2T15:4:5", "2006-1-2 15:4", "2006-1-2T15:4", "2006-1-2"}

// zonedLayouts are those with a zone that RFC 3339 does not know: of Weibo and
// Twitter, of feeds, of logs.
var zonedLayouts = []string{time.RubyDate, time.RFC1123Z, "2006-1-2 15:4:5 -0700", "2006-1-2 15:4:5-0700", "2006-1-2T15:4:5-0700"}

// dashes make the other ways to write a day into that of localLayouts.
var dashes = strings.NewReplacer("/", "-", "年", "-", "月", "-", "日", "", "时", ":", "分", ":", "秒", "")

// readTime reads a time of a file as a post or a value may have it. It is given
// back as a JSON string where it has to be written anew: without a zone it is in
// zone, and the calendars of localLayouts and zonedLayouts become RFC 3339.
func readTime(v []byte, zone *time.Location, parse func(string) (time.Time, bool)) (at time.Time, rewritten []byte, ok bool) {
	s := strings.TrimSpace(plain(v))
	if at, ok = parse(s); ok && (zone == time.UTC || !isLocal(s)) {
		return at, nil, true
	}
	if at, ok = parseIn(localLayouts, strings.TrimSuffix(dashes.Replace(s), ":"), zone); !ok {
		if at, ok = parseIn(zonedLayouts, s, time.UTC); !ok {
			return time.Time{}, nil, false
		}
	}
	at = at.UTC().Truncate(time.Millisecond)
	return at, quoted(at.Format(time.RFC3339Nano)), true
}

// isLocal says whether s is written as a day, and names no zone behind it.
func isLocal(s string) bool {
	const day = len("2006-01-02")
	return len(s) >= day && s[4] == '-' && !strings.ContainsAny(s[day:], "Zz+-")
}

func parseIn(layouts []string, s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, s, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// timed reads the time of the field at index i, and keeps it as the row's.
func (b *builder) timed(i int, parse func(string) (time.Time, bool)) {
	if b.values[i] == nil {
		return
	}
	at, rewritten, ok := readTime(b.values[i], b.zone, parse)
	if !ok {
		return
	}
	b.last, b.dated = at, true
	if rewritten != nil {
		b.set(i, rewritten)
	}
}
