package suites

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Report is all that `fenghuo evaluate detectors` measured, at once or suite by
// suite.
type Report struct {
	Size      string            `json:"size"` // full or quick
	Seed      uint64            `json:"seed"`
	Runs      map[string]Run    `json:"runs"` // by suite
	NAB       *NABReport        `json:"nab,omitempty"`
	Streams   []StreamReport    `json:"streams,omitempty"`
	Groups    []GroupReport     `json:"groups,omitempty"`
	Portfolio []PortfolioReport `json:"portfolio,omitempty"`
}

// Run is how a suite was measured.
type Run struct {
	Command string `json:"command"`
	On      string `json:"on"`                     // day
	Took    string `json:"took"`                   // wall time, beside whatever else ran
	Missing string `json:"not_measured,omitempty"` // what a stop left out
	// Detector is the Fingerprint of the detector that was measured.
	Detector string `json:"detector,omitempty"`
}

// NABReport has our result, each series alone, and the published peers.
type NABReport struct {
	Budget  float64             `json:"budget"`
	Ours    NABScore            `json:"fenghuo"`
	Series  map[string]NABScore `json:"series"`
	LeftOut []LeftOut           `json:"leave_one_out"`
	LeftAll NABScore            `json:"leave_one_out_all"`
	Peers   map[string]NABScore `json:"peers"`
	Budgets []BudgetScore       `json:"budgets"`
}

// LeftOut is a series scored at the budget that is best on the others: the
// one setting that could be fitted.
type LeftOut struct {
	Series string   `json:"series"`
	Budget float64  `json:"budget"`
	Score  NABScore `json:"score"`
}

// BudgetScore is our result at another budget.
type BudgetScore struct {
	Budget float64  `json:"budget"`
	Score  NABScore `json:"score"`
}

// nabBudget is the budget, in false alarms a week, at which NAB is reported.
const nabBudget = 0.2

// Known returns the simulated groups that r has, unless another detector was
// measured.
func (r *Report) Known() ([]GroupReport, error) {
	if len(r.Groups) > 0 && r.Runs["simulated"].Detector != Fingerprint() {
		return nil, errors.New("the simulated groups were measured before the last change of the constants; measure them anew, without --resume")
	}
	return r.Groups, nil
}

// MeasureNAB runs the NAB series under dir (the folder series).
func MeasureNAB(dir string) (*NABReport, error) {
	series, err := LoadNABTweets(dir)
	if err != nil {
		return nil, err
	}
	peers, err := Peers(dir, series)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	r := &NABReport{Budget: nabBudget, Series: map[string]NABScore{}, Peers: map[string]NABScore{}}
	budgets := []float64{.05, .1, .15, .2, .3, .4, .6, 1}
	alerts := map[float64][][]bool{}
	for _, b := range budgets {
		for _, s := range series {
			alerts[b] = append(alerts[b], s.Detect(b))
		}
		r.Budgets = append(r.Budgets, BudgetScore{b, ScoreNAB(series, alerts[b])})
	}
	r.Ours = ScoreNAB(series, alerts[nabBudget])
	var left [][]bool
	for i, s := range series {
		r.Series[s.Name] = ScoreNAB(series[i:i+1], alerts[nabBudget][i:i+1])
		best, score := nabBudget, -1.0
		others := slices.Delete(slices.Clone(series), i, i+1)
		for _, b := range budgets {
			if x := ScoreNAB(others, slices.Delete(slices.Clone(alerts[b]), i, i+1)).Score; x > score {
				best, score = b, x
			}
		}
		left = append(left, alerts[best][i])
		r.LeftOut = append(r.LeftOut, LeftOut{s.Name, best, ScoreNAB(series[i:i+1], alerts[best][i:i+1])})
	}
	r.LeftAll = ScoreNAB(series, left)
	for name, a := range peers {
		r.Peers[name] = ScoreNAB(series, a)
	}
	return r, nil
}

// MeasureGroups runs the simulated grid on all cores, without the groups that are
// known already. progress is told how many groups are done. When ctx ends, what
// is done is returned.
func MeasureGroups(ctx context.Context, size Size, known []GroupReport, progress func(done int)) []GroupReport {
	reports := make([]*GroupReport, len(size.Groups))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	var done atomic.Int64
	for i, group := range size.Groups {
		if k := slices.IndexFunc(known, func(r GroupReport) bool { return r.Group == group.Name() }); k >= 0 {
			reports[i] = &known[k]
			progress(int(done.Add(1)))
			continue
		}
		g.Go(func() error {
			if ctx.Err() == nil {
				r := Measure(group, size)
				reports[i] = &r
				progress(int(done.Add(1)))
			}
			return nil
		})
	}
	_ = g.Wait() // none fails
	var out []GroupReport
	for _, r := range reports {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out
}

// Markdown writes the report for people.
func (r *Report) Markdown(w io.Writer) error {
	p := &printer{w: w}
	p.f("# Detectors: measured\n\nOne set of constants (detectors/surge/params.go); only the budget differs. %s size, seed %d.\n\n", r.Size, r.Seed)
	for _, suite := range slices.Sorted(maps.Keys(r.Runs)) {
		run := r.Runs[suite]
		p.f("- %s: `%s` on %s, %s", suite, run.Command, run.On, run.Took)
		if run.Missing != "" {
			p.f("; stopped early, not measured: %s", run.Missing)
		}
		if run.Detector != Fingerprint() {
			p.f("; **before the last change of the constants**")
		}
		p.f("\n")
	}
	r.nab(p)
	r.streams(p)
	r.grid(p)
	r.comparison(p)
	r.portfolio(p)
	return p.err
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) nabRow(name string, s NABScore) {
	p.f("| %s | %.1f | %d/%d | %d | %.3f | %.1f |\n", name, s.Score, s.Found, s.Windows, s.FalseAlarms, s.PerDay, s.DelayHours)
}

func (r *Report) nab(p *printer) {
	n := r.NAB
	if n == nil {
		return
	}
	p.f("\n## NAB realTweets, standard profile\n\nOurs is strictly causal, at a budget of %g a week. The published peers run at their published thresholds, which were chosen on NAB; some look ahead (ARTime and contextOSE start with the whole series' minimum and maximum).\n", n.Budget)
	p.f("\n| detector | score | windows | false alarms | a series-day | median delay h |\n|---|---|---|---|---|---|\n")
	p.nabRow("**fenghuo**", n.Ours)
	p.nabRow("fenghuo, budget chosen on the other series", n.LeftAll)
	for _, name := range slices.SortedFunc(maps.Keys(n.Peers), func(a, b string) int {
		if n.Peers[a].Score > n.Peers[b].Score {
			return -1
		}
		return 1
	}) {
		p.nabRow(name, n.Peers[name])
	}
	p.f("\nThe constants are shared by all series and none is fitted to one; the structure was chosen with these five in sight, so expect less on fresh series.\n")
	p.f("\n| series | score | windows | false alarms | a day | delay h |\n|---|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(n.Series)) {
		p.nabRow(name, n.Series[name])
	}
	p.f("\n| budget a week | score | windows | false alarms | a series-day | delay h | observed over promised outside windows |\n|---|---|---|---|---|---|---|\n")
	for _, b := range n.Budgets {
		s := b.Score
		p.f("| %g | %.1f | %d/%d | %d | %.3f | %.1f | %.2f |\n", b.Budget, s.Score, s.Found, s.Windows, s.FalseAlarms, s.PerDay, s.DelayHours, s.OverPromised(b.Budget))
	}
}

func hours(h float64) string {
	if h < 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", h)
}

// Load reads the report that Save left in dir; it is empty when there is none
// of this size and seed.
func Load(dir, size string) (*Report, error) {
	fresh := &Report{Size: size, Seed: Seed, Runs: map[string]Run{}}
	b, err := os.ReadFile(filepath.Join(dir, "detectors.json"))
	if errors.Is(err, os.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return nil, err
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("detectors.json in %q: %w; remove it to begin anew", dir, err)
	}
	if r.Size != size || r.Seed != Seed || r.Runs == nil {
		return fresh, nil
	}
	return r, nil
}

// Save writes detectors.md, detectors.json and the plots to dir.
func (r *Report) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "detectors.md"))
	if err != nil {
		return err
	}
	if err := errors.Join(r.Markdown(f), f.Close()); err != nil {
		return err
	}
	b, err := r.JSON()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "detectors.json"), b, 0o644); err != nil {
		return err
	}
	return r.plots(dir)
}

// JSON is the report with one group or stream a line.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	for _, key := range []string{`"nab":`, `"streams":[`, `"groups":[`, `"portfolio":[`, `{"group":`, `{"stream":`, `{"budget":0.1,"brands"`, `{"budget":1,"brands"`} {
		b = *bytes.NewBuffer(bytes.ReplaceAll(b.Bytes(), []byte(key), []byte("\n"+key)))
	}
	return b.Bytes(), nil
}
