package report

import (
	"fmt"
	"time"
)

// few mentions say little about a share.
const few = 30

// phases compares the mood before, during and after. The crisis lasts from the
// first sign to the return to the usual.
func (b *builder) phases() {
	h := b.hours
	begin, end := b.course()
	b.Phases = []Phase{b.phase("before", b.usual.hours), b.phase("during", stretch(begin, end))}
	if end < len(h.mentions) {
		b.Phases = append(b.Phases, b.phase("after", stretch(end, len(h.mentions))))
	}
}

func stretch(from, to int) []int {
	list := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

func (b *builder) phase(name string, hours []int) Phase {
	p := Phase{Name: name, Hours: len(hours)}
	if len(hours) == 0 {
		return p
	}
	h := b.hours
	p.From = h.start.Add(time.Duration(hours[0]) * time.Hour)
	p.To = h.start.Add(time.Duration(hours[len(hours)-1]+1) * time.Hour)
	sentiment := 0.
	for _, i := range hours {
		p.Mentions += int64(h.mentions[i])
		p.Complaints += int64(h.complaints[i])
		p.Negative += int64(h.negative[i])
		p.Neutral += int64(h.neutral[i])
		p.Positive += int64(h.positive[i])
		sentiment += h.sentiment[i]
	}
	if p.Mentions > 0 {
		p.Sentiment = sentiment / float64(p.Mentions)
	}
	p.Thin = p.Mentions < few
	return p
}

// note says where the data is thin.
func (b *builder) note() {
	say := func(when bool, format string, args ...any) {
		if when {
			b.Notes = append(b.Notes, fmt.Sprintf(format, args...))
		}
	}
	t, h := b.Totals, b.hours
	days := b.Baseline.Hours / dayHours
	hour := func(at time.Time) int { return int(at.Sub(h.start) / time.Hour) }
	repeated := int64(total(h.repeats[hour(b.Peak.From):hour(b.Peak.To)]))
	say(t.Mentions < few, "The span holds only %s: shares and times rest on few posts.", counted(t.Mentions, "mentions"))
	say(h.span < fewHours, "There is no data before the span: what is usual is taken from its own first quarter.")
	say(h.span >= fewHours && days < 7, "What is usual rests on %d days only.", days)
	say(b.onset == 0, "The first sign lies at the very begin of the span: the crisis may have begun earlier.")
	say(b.Peak.Count < enough, "The peak holds only %s.", counted(b.Peak.Count, "posts"))
	say(b.Peak.Count >= enough && 2*repeated > b.Peak.Mentions, "Of the %s in the peak, %d are near-duplicates: without them it may lie elsewhere.", counted(b.Peak.Mentions, "mentions"), repeated)
	say(len(h.mentions)-h.span < 2*dayHours, "The span is shorter than two days: half-life and return cannot be told.")
	say(t.Reach == 0, "The source gives no followers: reach and influence cannot be told.")
	say(t.Reach > 0 && t.Unfollowed > .5, "%.0f%% of the mentions come without followers: reach is a lower bound.", 100*t.Unfollowed)
	say(t.Reactions == 0, "The source gives no likes, reposts or comments.")
	say(t.Authors == 0, "The source names no authors: they cannot be counted.")
	say(t.Channels == 1, "All mentions come from one channel: there is no order of channels.")
	say(b.Alert == nil, "No alert fired in the span.")
	say(b.Alert != nil && b.Alert.Learning, "The detectors were still learning what is usual for this brand when the alert fired.")
	say(b.Alert != nil && b.Alert.Attack && t.Authors == 0, "Without authors, the suspected attack rests on near-duplicates alone; a source that lists a text again makes them, too.")
	say(len(b.Keywords) == 0, "No keyword stands out.")
	say(len(b.Peers) == 0, "The config names no competitors of this brand, nor others of its category.")
}
