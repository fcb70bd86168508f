package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/look"
	"fenghuo/schemas"
)

// Names of the measures.
const (
	measureMentions = "mentions"
	measureUpset    = "upset"
	measureType     = "complaint_type"
)

// builder collects a report.
type builder struct {
	scope
	config *config.Config
	*Report
	usual     usual
	incidents []schemas.Alert // every transition of the brand in the run
	moves     []schemas.Alert // those of business series
	onset     int             // hour of the span
}

// Build reads a report. It refuses spans, brands and runs without data.
func Build(ctx context.Context, db driver.Conn, c *config.Config, r Request) (*Report, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	b := &builder{
		config: c,
		scope:  scope{db: db, run: r.Run, brand: r.Brand, from: r.From, to: r.To},
		Report: &Report{Run: r.Run, Brand: r.Brand, BrandName: nameOf(c, r.Brand), Timezone: c.Location().String(), zone: c.Location()},
	}
	start, err := b.bounds(ctx)
	if err != nil {
		return nil, err
	}
	b.Report.From, b.Report.To = b.from, b.to
	if b.hours, err = readHours(ctx, b.scope, start); err != nil {
		return nil, err
	}
	if total(b.hours.mentions[b.hours.span:]) == 0 {
		if brand := makerOf(c, r.Brand); brand != nil {
			return nil, refuse("%q is a product of %s: ask for --brand %s", r.Brand, brand.Name, brand.ID)
		}
		if brandOf(c, r.Brand) == nil {
			return nil, refuse("brand %q is neither in the config nor mentioned in run %q in these days", r.Brand, r.Run)
		}
		return nil, refuse("run %q has no mention of brand %q from %s to %s", r.Run, r.Brand, b.stamp(b.from), b.stamp(b.to))
	}
	if b.incidents, err = look.Alerts(ctx, db, look.AlertQuery{Run: r.Run, Brand: r.Brand}); err != nil {
		return nil, err
	}
	for _, a := range b.incidents {
		if isMove(&a) {
			b.moves = append(b.moves, a)
		}
		if brandOf(c, r.Brand) == nil && a.BrandName != "" { // the config of another run, or none
			b.BrandName = a.BrandName
		}
	}
	b.incidents = slices.DeleteFunc(b.incidents, func(a schemas.Alert) bool { return isMove(&a) })
	b.usual = newUsual(b.hours, b.busy)
	b.shape(r.Types)
	for _, part := range []func(context.Context) error{
		b.count, b.sign, b.arrivals, b.repeats, b.quote, b.label, b.peers, b.business,
		func(ctx context.Context) error { return b.respond(ctx, r.Responses) },
	} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	b.warn()
	b.phases()
	b.note()
	b.fill()
	return b.Report, nil
}

// fill makes JSON lists of the lists that are empty.
func (b *builder) fill() {
	for _, x := range []*[]Arrival{&b.Types, &b.Channels, &b.Keywords, &b.Products} {
		*x = append([]Arrival{}, *x...)
	}
	for _, x := range []*[]Post{&b.FirstSign.Posts, &b.Influence, &b.Typical} {
		*x = append([]Post{}, *x...)
	}
	b.Responses = append([]Response{}, b.Responses...)
	b.Peers = append([]Peer{}, b.Peers...)
	b.Report.Business = append([]Business{}, b.Report.Business...)
	b.Report.Repeats.Groups = append([]Repeat{}, b.Report.Repeats.Groups...)
	b.Decay.Flares = append([]time.Time{}, b.Decay.Flares...)
	b.Notes = append([]string{}, b.Notes...)
}

// bounds cuts the span to the data of the run, and says where the history
// begins.
func (b *builder) bounds(ctx context.Context) (start time.Time, err error) {
	var first, last uint32
	err = b.db.QueryRow(ctx, `SELECT toUnixTimestamp(min(bucket)), toUnixTimestamp(max(bucket)) FROM trend_buckets WHERE run = ? AND grain = '1h'`,
		b.run).Scan(&first, &last)
	switch {
	case err != nil:
		return start, err
	case last == 0:
		return start, refuse("run %q holds nothing: fenghuo runs lists backfills", b.run)
	}
	begin, end := time.Unix(int64(first), 0).UTC(), time.Unix(int64(last), 0).UTC().Add(time.Hour)
	if !b.from.Before(end) || !begin.Before(b.to) {
		return start, refuse("run %q holds data from %s to %s only", b.run, b.stamp(begin), b.stamp(end))
	}
	if b.from.Before(begin) {
		b.Notes = append(b.Notes, "The data of this run begins only "+b.clock(begin)+".")
		b.from = begin
	}
	if b.to.After(end) {
		b.Notes = append(b.Notes, "The data of this run ends already "+b.clock(end)+".")
		b.to = end
	}
	start = b.from.Add(-history)
	if start.Before(begin) {
		start = begin
	}
	return start, nil
}

// stamp is a time that --from and --to take, in the configured zone.
func (b *builder) stamp(t time.Time) string { return t.In(b.zone).Format(time.RFC3339) }

func (b *builder) clock(t time.Time) string { return t.In(b.zone).Format("2 Jan 2006 15:04") }

// busy says whether an incident of the whole brand was open, as the detectors saw
// it: rules tell of what they like, and for as long.
func (b *builder) busy(at time.Time) bool {
	open := false
	for _, a := range b.incidents {
		if a.SKU != "" || strings.HasPrefix(string(a.Signal), string(schemas.SignalRule)) || a.At.After(at.Add(time.Hour)) {
			continue
		}
		open = a.State != schemas.Resolved
	}
	return open
}

// shape finds measure, peak, onset and decay. The measure is complaints of one
// of the types, of any if there are none, or no complaints of a type.
func (b *builder) shape(types []schemas.ComplaintType) {
	h, u := b.hours, b.usual
	candidates := []Measure{{Name: measureMentions}, {Name: measureUpset}}
	for name := range h.types {
		if len(types) > 0 && !slices.Contains(types, name) {
			continue
		}
		candidates = append(candidates, Measure{Name: measureType, Type: name})
	}
	slices.SortStableFunc(candidates[2:], func(a, b Measure) int { return cmp.Compare(a.Type, b.Type) })
	best := math.Inf(-1)
	for _, m := range candidates {
		if c := clarity(h.of(m), u.mean(h.all(m))); c > best {
			best, b.Measure = c, m
		}
	}
	x, usual := h.of(b.Measure), u.mean(h.all(b.Measure))
	u.MeasurePerDay, u.Band = usual*dayHours, band(u.pick(h.all(b.Measure)))
	b.Baseline, b.usual = u.Baseline, u

	at, end, top := peakOf(x)
	b.Peak = Peak{
		At: h.at(top), From: h.at(at), To: h.at(end),
		Count: int64(total(x[at:end])), Mentions: int64(total(h.mentions[h.span+at : h.span+end])),
	}
	b.onset = onset(x, usual, top)
	hottest, half, ok := halfLife(x, usual)
	if len(x) >= dayHours {
		b.Decay.HottestFrom, b.Decay.HottestCount = h.at(hottest), int64(total(x[hottest:hottest+dayHours]))
	}
	if ok {
		hours := float64(half)
		b.Decay.HalfLife = &hours
	}
	back, flares := returns(x, u.Band, end)
	if back >= 0 {
		t := h.at(back)
		b.Decay.ReturnedAt = &t
	}
	for _, f := range flares {
		b.Decay.Flares = append(b.Decay.Flares, h.at(f))
	}
	step := stepOf(len(x))
	b.Series = Series{
		StepHours: step, Mentions: h.steps(h.mentions, step), Complaints: h.steps(h.complaints, step),
		Negative: h.steps(h.negative, step), Upset: h.steps(h.upset, step), Reach: h.steps(h.reach, step),
	}
}

// condition is the SQL that chooses the measure's posts.
func (b *builder) condition() (string, []any) {
	switch b.Measure.Name {
	case measureUpset:
		return "(complaint OR polarity = 'negative')", nil
	case measureType:
		return "mapContains(complaints, ?)", []any{string(b.Measure.Type)}
	}
	return "1", nil
}

// count fills in the totals of the span.
func (b *builder) count(ctx context.Context) error {
	where, args := b.where()
	t := &b.Totals
	var n [8]uint64
	err := b.db.QueryRow(ctx, `SELECT count(), countIf(complaint), countIf(polarity = 'negative'), countIf(complaint OR polarity = 'negative'),
			sum(followers), uniqExactIf(author_id, author_id != ''), sum(likes + reposts + comments), uniqExact(channel), countIf(followers = 0),
			(SELECT sum(f) FROM (SELECT max(followers) AS f FROM mentions WHERE `+where+` AND author_id != '' GROUP BY author_id)),
			(SELECT count() FROM mentions WHERE run = ? AND brand = ? AND primary AND spam AND published_at >= ? AND published_at < ?)
		FROM mentions WHERE `+where, slices.Concat(args, args, args)...).
		Scan(&n[0], &n[1], &n[2], &n[3], &t.Reach, &n[4], &t.Reactions, &n[5], &n[6], &t.Audience, &n[7])
	if err != nil {
		return fmt.Errorf("count the span: %w", err)
	}
	t.Mentions, t.Complaints, t.Negative, t.Upset = int64(n[0]), int64(n[1]), int64(n[2]), int64(n[3])
	t.Authors, t.Channels, t.Spam = int64(n[4]), int64(n[5]), int64(n[7])
	t.NegativeShare, t.Unfollowed = share(t.Negative, t.Mentions), share(int64(n[6]), t.Mentions)
	return nil
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
