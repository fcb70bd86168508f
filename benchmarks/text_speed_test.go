package benchmarks

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ego/gse"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// Posts of about 60 and 200 characters, as people write them.
var (
	posts60 = []string{
		"等了三天才发货，收到之后发现屏幕有划痕，联系客服一直推脱不给处理，以后再也不会在这家店买东西了，大家千万别踩坑",
		"海底捞的服务真的太好了，服务员一直笑着帮忙，锅底也很香，排队的时候还有免费的小吃和美甲，下次还会带家人一起来吃",
		"手机用了不到一个月就开始发烫，玩游戏卡顿得不行，充电也特别慢，售后说是正常现象，真的是太让人失望了，求退款",
		"这款空调制冷效果很不错，声音也小，安装师傅很专业，就是价格有点贵，不过总体来说还是值得购买的，推荐给大家看看",
	}
	posts200 = func() (long []string) {
		for i := range posts60 {
			var s strings.Builder
			for k := range 4 {
				s.WriteString(posts60[(i+k)%len(posts60)])
			}
			r := []rune(s.String())
			long = append(long, string(r[:min(200, len(r))]))
		}
		return long
	}()
)

var segmenter = sync.OnceValue(func() *gse.Segmenter {
	s := &gse.Segmenter{SkipLog: true}
	if err := s.LoadDictEmbed("zh_s"); err != nil {
		panic(err)
	}
	return s
})

// portfolio is n aliases over n/10 brands.
func portfolio(n int) []config.Brand {
	var brands []config.Brand
	hans := []rune("海天明星云山水木金火土风雷光华新力美佳乐福康安达利通宝龙凤鹏飞鸿翔宇宙")
	name := func(i int) string {
		r := make([]rune, 0, 5)
		for k := i + 7*len(hans); k > 0; k /= len(hans) {
			r = append(r, hans[k%len(hans)])
		}
		return string(r)
	}
	for i := range n / 10 {
		b := config.Brand{ID: fmt.Sprint("b", i), Name: name(i * 10)}
		for k := 1; k < 9; k++ {
			b.Aliases = append(b.Aliases, name(i*10+k))
		}
		b.Aliases = append(b.Aliases, fmt.Sprintf("brand%d", i))
		brands = append(brands, b)
	}
	return append(brands, config.Brand{ID: "haidilao", Name: "海底捞"})
}

func newAnalyzer(tb testing.TB, aliases int) *analyzer.Analyzer {
	tb.Helper()
	a, err := analyzer.New(analyzer.Options{Brands: portfolio(aliases)})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

var hundred = sync.OnceValue(func() *analyzer.Analyzer {
	a, err := analyzer.New(analyzer.Options{Brands: portfolio(100)})
	if err != nil {
		panic(err)
	}
	return a
})

// BenchmarkTextAnalyze is the whole analysis of a post, of few that come again
// and again and of a thousand different ones.
func BenchmarkTextAnalyze(b *testing.B) {
	for _, size := range append(sizes, reviews(b)...) {
		b.Run(size.name, func(b *testing.B) {
			s := analyzer.NewScratch()
			a := hundred()
			var p schemas.Post
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				p.Text = size.posts[i%len(size.posts)]
				a.Analyze(&p, s)
				i++
			}
		})
	}
}

// sample is texts of about one length.
type sample struct {
	name  string
	posts []string
}

var sizes = []sample{{"60", posts60}, {"200", posts200}}

// BenchmarkTextTokenize is normalisation and tokens alone.
func BenchmarkTextTokenize(b *testing.B) {
	t, err := text.NewTokenizer(nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			var d text.Doc
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				t.Prepare(&d, size.posts[i%len(size.posts)])
				i++
			}
		})
	}
}

// BenchmarkTextGSE is what the analysis is measured against.
func BenchmarkTextGSE(b *testing.B) {
	seg := segmenter()
	for name, cut := range map[string]func(string){
		"Slice":        func(s string) { seg.Slice(s) },
		"Segment":      func(s string) { seg.Segment([]byte(s)) },
		"Cut(s,true)":  func(s string) { seg.Cut(s, true) },
		"Cut(s,false)": func(s string) { seg.Cut(s, false) },
	} {
		for _, size := range sizes {
			b.Run(name+"/"+size.name, func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					cut(size.posts[i%len(size.posts)])
					i++
				}
			})
		}
	}
}

// BenchmarkTextPaired times the analysis and gse in turns, so that a busy
// machine disturbs both alike.
func BenchmarkTextPaired(b *testing.B) {
	seg, a, s := segmenter(), hundred(), analyzer.NewScratch()
	var p schemas.Post
	for _, size := range append(sizes, reviews(b)...) {
		analyze := func(i int) { p.Text = size.posts[i%len(size.posts)]; a.Analyze(&p, s) }
		b.Run("Slice/"+size.name, func(b *testing.B) {
			reportRatio(b, analyze, func(i int) { seg.Slice(size.posts[i%len(size.posts)]) })
		})
		b.Run("Cut(s,true)/"+size.name, func(b *testing.B) {
			reportRatio(b, analyze, func(i int) { seg.Cut(size.posts[i%len(size.posts)], true) })
		})
	}
}

// reviews are a thousand texts of each size as customers wrote them, no two
// alike, where the data is there: what is in the caches then matters more.
func reviews(tb testing.TB) (out []sample) {
	dir := cmp.Or(os.Getenv("FENGHUO_DATA"), "../../shared/data")
	examples, err := corpus.Shopping(dir)
	if err != nil {
		tb.Logf("without real reviews: set FENGHUO_DATA to the folder of the labelled sets (%v)", err)
		return nil
	}
	for _, n := range []int{60, 200} {
		posts := sample{name: fmt.Sprintf("reviews%d", n)}
		for i := 0; i < len(examples) && len(posts.posts) < 1000; i += 7 {
			if r := []rune(examples[i].Text); len(r) >= n {
				posts.posts = append(posts.posts, string(r[:n]))
			}
		}
		out = append(out, posts)
	}
	return out
}

// BenchmarkTextAliases compares 100,000 aliases with 100, in turns.
func BenchmarkTextAliases(b *testing.B) {
	few, many := hundred(), newAnalyzer(b, 100_000)
	s, t := analyzer.NewScratch(), analyzer.NewScratch()
	var p schemas.Post
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			reportRatio(b,
				func(i int) { p.Text = size.posts[i%len(size.posts)]; many.Analyze(&p, s) },
				func(i int) { p.Text = size.posts[i%len(size.posts)]; few.Analyze(&p, t) })
		})
	}
}

// reportRatio runs x and y in turns, each short enough to pass within one slice
// of a busy machine's time. It reports the medians of their times and of the
// ratio x/y, and the ratio of their least times, which a busy machine disturbs
// least.
func reportRatio(b *testing.B, x, y func(i int)) {
	const rounds, calls = 2000, 4
	timed := func(f func(int), from int) float64 {
		start := time.Now()
		for i := range calls {
			f(from + i)
		}
		return float64(time.Since(start).Nanoseconds()) / calls
	}
	for i := range 50 { // warm
		timed(x, i*calls)
		timed(y, i*calls)
	}
	for b.Loop() {
		var tx, ty, ratio []float64
		var leastX, leastY least
		for i := range rounds {
			a, c := timed(x, i*calls), timed(y, i*calls)
			tx, ty, ratio = append(tx, a), append(ty, c), append(ratio, a/c)
			leastX.add(i, a)
			leastY.add(i, c)
		}
		b.ReportMetric(median(tx), "ns/analysis")
		b.ReportMetric(median(ty), "ns/other")
		b.ReportMetric(median(ratio), "ratio")
		b.ReportMetric(leastX.mean()/leastY.mean(), "ratio-least")
	}
}

// least is the least time of each of a few groups of texts.
type least [8]float64

func (l *least) add(i int, t float64) {
	if g := i % len(l); l[g] == 0 || t < l[g] {
		l[g] = t
	}
}

func (l *least) mean() (m float64) {
	for _, t := range l {
		m += t / float64(len(l))
	}
	return m
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// BenchmarkTextStart is what a fresh process needs to answer for its first
// post: seconds until it does, of user time, the most memory it held meanwhile
// and what it holds while it waits for the next.
func BenchmarkTextStart(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "fenghuo")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/fenghuo").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	for b.Loop() {
		cmd := exec.Command(bin, "analyze")
		in, err := cmd.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		fmt.Fprintln(in, `{"text":"等了三天才发货"}`)
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "polarity") {
			b.Fatalf("analyze: %v\n%s", err, line)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s")
		reportMemory(b, cmd.Process.Pid)
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(cmd.ProcessState.UserTime().Seconds(), "s-user")
	}
}

// reportMemory reports the most resident memory that a process held and what
// it holds. The most that wait4 tells of a child counts its parent's, too, of
// before it ran its own program.
func reportMemory(b *testing.B, pid int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Logf("memory is told on Linux only: %v", err)
		return
	}
	for line := range strings.Lines(string(status)) {
		var kB float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kB); n == 1 {
			b.ReportMetric(kB*1024/1e6, "MB-most")
		}
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kB); n == 1 {
			b.ReportMetric(kB*1024/1e6, "MB-resident")
		}
	}
}

// BenchmarkTextMemory is what a ready analyzer holds.
func BenchmarkTextMemory(b *testing.B) {
	for b.Loop() {
		a := newAnalyzer(b, 100)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-heap")
		runtime.KeepAlive(a)
	}
}
