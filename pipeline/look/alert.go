package look

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"fenghuo/schemas"
)

// Widths of an alert's block.
const (
	labelWidth   = 13
	minimumWidth = 60
)

const (
	clock   = "2006-01-02 15:04"
	colours = "\x1b[%sm%s\x1b[0m"
)

// levelNames are the grades of the national emergency scale.
var levelNames = map[schemas.Level]struct{ name, colour string }{
	schemas.Red:    {"RED I 特别重大", "1;37;41"},
	schemas.Orange: {"ORANGE II 重大", "1;30;48;5;208"},
	schemas.Yellow: {"YELLOW III 较大", "30;43"},
	schemas.Blue:   {"BLUE IV 一般", "37;44"},
}

// TypeNames are the complaint types in Chinese.
var TypeNames = map[schemas.ComplaintType]string{
	schemas.ProductQuality: "产品质量", schemas.ProductSafety: "安全隐患", schemas.CustomerService: "服务质量",
	schemas.Logistics: "物流与供应链", schemas.CounterfeitIP: "假冒与知识产权", schemas.FalseAdvertising: "虚假宣传与价格欺诈",
	schemas.DataSecurity: "网络安全", schemas.Compliance: "法律法规", schemas.BrandImage: "品牌形象",
	schemas.InternalManagement: "内部管理",
}

// In returns the alert with its times in loc, for printing.
func In(a schemas.Alert, loc *time.Location) schemas.Alert {
	for _, t := range []*time.Time{&a.At, &a.FiredAt, &a.WindowStart, &a.WindowEnd, &a.Evidence.OnsetEstimate} {
		*t = t.In(loc)
	}
	e := &a.Evidence
	e.Channels, e.Posts = slices.Clone(e.Channels), slices.Clone(e.Posts)
	for i := range e.Channels {
		e.Channels[i].FirstAt = e.Channels[i].FirstAt.In(loc)
	}
	for i := range e.Posts {
		e.Posts[i].At = e.Posts[i].At.In(loc)
	}
	return a
}

// RenderAlert draws one transition as a block of lines at most width columns
// wide, with its evidence. Times are printed in the zone they carry. What the
// evidence does not have is left out.
func RenderAlert(w io.Writer, a schemas.Alert, width int, color bool) {
	b := &block{width: max(width, minimumWidth), color: color}
	b.heading(&a)
	b.measured(&a)
	b.mood(&a.Evidence)
	b.field("types", complaintTypes(a.Evidence.Complaint)...)
	b.field("keywords", keywords(a.Evidence.Keywords)...)
	b.field("channels", channels(a.Evidence.Channels)...)
	b.field("peers", peers(a.Evidence.Peers)...)
	b.field("posts", posts(a.Evidence.Posts)...)
	if a.Evidence.Event != "" {
		b.field("event", "during "+a.Evidence.Event)
	}
	b.field("note", strings.Fields(a.Evidence.Note)...)
	b.field("incident", a.Incident, "alert "+a.ID)
	fmt.Fprintln(w, b.String())
}

// block is lines under construction.
type block struct {
	strings.Builder
	width int
	color bool
}

func (b *block) heading(a *schemas.Alert) {
	level, ok := levelNames[a.Level]
	if !ok {
		level.name, level.colour = strings.ToUpper(string(a.Level)), "7"
	}
	name := a.BrandName
	if name == "" {
		name = a.Brand
	}
	if a.SKU != "" {
		name += " / " + a.SKU
	}
	kind := string(a.CrisisType)
	if zh := TypeNames[a.CrisisType]; zh != "" {
		kind += " " + zh
	}
	if name := a.Evidence.Series.Name; name != "" && a.CrisisType == schemas.Unspecified {
		kind = printable(name)
	}
	parts := []string{b.paint(level.colour, " "+level.name+" "), strings.ToUpper(string(a.State)), b.paint("1", name), kind, a.At.Format(clock + " -07:00")}
	fmt.Fprintln(b, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "  "))
	var flags []string
	if a.Learning {
		flags = append(flags, "still learning: the baseline is borrowed")
	}
	if a.SuspectedAttack {
		flags = append(flags, "suspected attack: copied posts, young accounts")
	}
	b.field("flags", flags...)
}

// measured says how much there was against what was expected.
func (b *block) measured(a *schemas.Alert) {
	e := &a.Evidence
	window := a.WindowEnd.Sub(a.WindowStart)
	seen := fmt.Sprintf("%s %s in %s, expected %s", number(a.Observed), signalName(a), span(window), number(a.Expected))
	if a.Signal == schemas.SignalNegativeShare {
		seen = fmt.Sprintf("negative share %s over %s, expected %s", percent(a.Observed), span(window), percent(a.Expected))
	}
	items := []string{seen}
	switch {
	case e.Odds > 1e12:
		items = append(items, fmt.Sprintf("odds 1 in 10^%.0f", math.Log10(e.Odds)))
	case e.Odds >= 2:
		items = append(items, "odds 1 in "+number(e.Odds))
	}
	if a.Severity >= .1 { // what ends an alert is not unlikely any more
		items = append(items, fmt.Sprintf("severity %.1f", a.Severity))
	}
	b.field("observed", items...)
	var began []string
	if !e.OnsetEstimate.IsZero() {
		began = append(began, "about "+e.OnsetEstimate.Format(clock))
	}
	if a.State != schemas.Firing && !a.FiredAt.IsZero() {
		began = append(began, "first fired "+a.FiredAt.Format(clock))
	}
	b.field("began", began...)
}

func (b *block) mood(e *schemas.Evidence) {
	if e.Mentions == 0 {
		return
	}
	items := []string{
		fmt.Sprintf("%s mentions, %s complaints", number(float64(e.Mentions)), number(float64(e.Complaints))),
		fmt.Sprintf("negative %s (usual %s)", percent(e.NegativeShare), percent(e.BaselineShare)),
	}
	if e.Reach > 0 {
		items = append(items, "reach "+number(float64(e.Reach)))
	}
	if e.Speed > 0 {
		items = append(items, number(e.Speed)+" an hour")
	}
	if e.Acceleration > 0 {
		items = append(items, fmt.Sprintf("%.1fx the window before", e.Acceleration))
	}
	if e.NearDuplicates > 0 {
		items = append(items, percent(e.NearDuplicates)+" near-duplicates")
	}
	if e.YoungAccounts > 0 {
		items = append(items, percent(e.YoungAccounts)+" unknown or young accounts")
	}
	b.field("in window", items...)
}

// field writes a label and items, wrapped below one another.
func (b *block) field(label string, items ...string) {
	if len(items) == 0 {
		return
	}
	separator := ", "
	if label == "note" {
		separator = " "
	}
	line := "  " + text.Pad(label, labelWidth-2, ' ')
	used, first := labelWidth, true
	for i, item := range items {
		if i < len(items)-1 {
			item += strings.TrimRight(separator, " ")
		}
		n := text.StringWidthWithoutEscSequences(item)
		if !first && used+1+n > b.width {
			fmt.Fprintln(b, line)
			line, used, first = strings.Repeat(" ", labelWidth), labelWidth, true
		}
		if !first {
			line += " "
			used++
		}
		line, used, first = line+item, used+n, false
	}
	fmt.Fprintln(b, line)
}

func (b *block) paint(code, s string) string {
	if !b.color {
		return strings.TrimSpace(s)
	}
	return fmt.Sprintf(colours, code, s)
}

func complaintTypes(list []schemas.TypeEvidence) (items []string) {
	for _, t := range list {
		name := string(t.Type)
		if zh := TypeNames[t.Type]; zh != "" {
			name += " " + zh
		}
		items = append(items, fmt.Sprintf("%s %d (usual %s)", name, t.Observed, number(t.Expected)))
	}
	return items
}

func keywords(list []schemas.KeywordEvidence) (items []string) {
	for _, k := range list {
		items = append(items, fmt.Sprintf("%s %d (usual %s)", printable(k.Word), k.Observed, number(k.Expected)))
	}
	return items
}

func channels(list []schemas.ChannelEvidence) (items []string) {
	for _, c := range list {
		items = append(items, fmt.Sprintf("%s %d from %s", printable(c.Channel), c.Count, c.FirstAt.Format("01-02 15:04")))
	}
	return items
}

func posts(list []schemas.PostRef) (items []string) {
	for _, p := range list {
		items = append(items, printable(p.Channel+"/"+p.ID)+" "+p.At.Format("01-02 15:04"))
	}
	return items
}

func peers(list []schemas.PeerEvidence) (items []string) {
	for _, p := range list {
		items = append(items, fmt.Sprintf("%s %s (usual %s)", p.Brand, number(p.Observed), number(p.Expected)))
	}
	return items
}

func signalName(a *schemas.Alert) string {
	switch a.Signal {
	case schemas.SignalComplaintType:
		return strings.ReplaceAll(string(a.CrisisType), "_", " ") + " complaints"
	case schemas.SignalKeyword:
		return "posts with a rising keyword"
	}
	if name := a.Evidence.Series.Name; name != "" {
		return printable(name)
	}
	return string(a.Signal)
}

// number writes a figure with as many digits as tell something.
func number(v float64) string {
	switch {
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return grouped(int64(v))
	case math.Abs(v) >= 100:
		return grouped(int64(math.Round(v)))
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// grouped writes thousands apart.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

// span writes a window's length as people say it.
func span(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
}

// printable takes out what would steer a terminal; words and ids are from the
// public.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return ' '
		}
		return r
	}, s)
}
