package grade

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"fenghuo/schemas"
)

func TestLevels(t *testing.T) {
	f := func(name string, x Figures, want schemas.Level) {
		t.Helper()
		if got := Of(Score(x), x.Angry, 1); got != want {
			t.Errorf("%s: %s (score %.1f), want %s", name, got, Score(x), want)
		}
	}
	few := Figures{Severity: 2, Angry: true, Upset: 3, Share: .5, Lift: 4, Channels: 1}
	f("three complaints about a quiet brand", few, schemas.Yellow)
	f("a launch that a million like", Figures{Severity: 9, Upset: 0, Reach: 1e8, Lift: 50, Channels: 6}, schemas.Blue)
	f("300 complaints on one channel, service", Figures{
		Severity: 4, Angry: true, Upset: 300, Share: .4, Reach: 1e5, Lift: 5, Channels: 1, Kind: .4}, schemas.Orange)
	f("a fire: 3,000 upset, 30 million readers, five channels", Figures{
		Severity: 9, Angry: true, Upset: 3000, Share: .7, Reach: 3e7, Lift: 20, Channels: 5, Kind: 1}, schemas.Red)
}

// More of any figure never lowers the score or the level, and easing the
// boundaries never lowers the level either.
func TestMoreEvidenceNeverLowersTheLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	figure := func() Figures {
		return Figures{
			Severity: 10 * r.Float64(), Angry: r.IntN(2) == 0, Upset: math.Exp(12 * r.Float64()),
			Share: r.Float64(), Reach: math.Exp(20 * r.Float64()), Lift: math.Exp(5 * r.Float64()),
			Channels: 6 * r.Float64(), Kind: r.Float64(),
		}
	}
	for range 20_000 {
		x := figure()
		y := x
		for _, p := range []*float64{&y.Severity, &y.Upset, &y.Share, &y.Reach, &y.Lift, &y.Channels, &y.Kind} {
			if r.IntN(2) == 0 {
				*p *= 1 + r.Float64()
			}
		}
		y.Angry = x.Angry || r.IntN(2) == 0
		if Score(y) < Score(x) {
			t.Fatalf("score falls from %v to %v: %+v %+v", Score(x), Score(y), x, y)
		}
		if Rank(Of(Score(y), y.Angry, 1)) < Rank(Of(Score(x), x.Angry, 1)) {
			t.Fatalf("level falls: %+v %+v", x, y)
		}
		if Rank(Of(Score(x), x.Angry, .8)) < Rank(Of(Score(x), x.Angry, 1)) {
			t.Fatalf("easing lowers: %+v", x)
		}
		if s := Score(x); s < 0 || s > 100 {
			t.Fatalf("score %v", s)
		}
	}
}

func TestAngry(t *testing.T) {
	f := func(name string, a Anger, want bool) {
		t.Helper()
		if got := a.Angry(); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	f("three of three, of a brand nobody names", Anger{3, 3, .01, .002, .2, 3, 0, 0, false}, true)
	f("two complaints are no crisis", Anger{2, 2, .01, .002, .2, 2, 0, 0, false}, false)
	f("two reports of the same danger", Anger{2, 2, .01, .002, .2, 2, 2, 0, false}, true)
	f("two complaints, of which one is such a report", Anger{2, 2, .01, .002, .2, 2, 1, 0, false}, false)
	f("two of three negative, one a complaint", Anger{3, 2, .01, .002, .1, 1, 0, 0, false}, false)
	f("one complaint among many", Anger{50, 1, 5, .7, .15, 1, 0, 0, false}, false)
	f("a launch: ten times the volume, the usual share", Anger{500, 75, 50, 7.5, .15, 75, 0, 0, false}, false)
	f("the same volume, all in anger", Anger{500, 400, 50, 7.5, .15, 400, 0, 0, false}, true)
	f("usual volume, the share doubled", Anger{200, 80, 180, 36, .2, 80, 0, 0, false}, true)
	f("a brand of complaints hears three times as many", Anger{300, 210, 100, 70, .7, 210, 0, 0, false}, true)
	f("a usual hour of such a brand", Anger{10, 8, 10, 7, .7, 8, 0, 0, false}, false)
	f("two of three of a brand of which half complains", Anger{3, 2, .04, .018, .46, 2, 0, 0, false}, true)
	f("as usual of such a brand, but ten times as many", Anger{100, 46, 10, 4.6, .46, 46, 0, 0, false}, false)
	f("two of three in a night", Anger{3, 2, .1, .02, .16, 2, 0, 0, false}, true)
	f("two of three in one quarter of an hour of a launch's first day", Anger{3, 2, .1, .02, .16, 2, 0, 96, false}, false)
	f("a day with more reports of a danger than chance brings, in the usual mood", Anger{75, 14, 72, 11.5, .16, 8, 4, 4, true}, true)
	f("twelve of twenty there", Anger{20, 12, .1, .02, .16, 12, 0, 96, false}, true)
}

// Three reports of a danger of which one a month is usual are more than chance; as
// many are not where the analyzer finds some every day, nor two, nor where a day
// is looked at in quarters of an hour of which each expects a tenth.
func TestDanger(t *testing.T) {
	for _, c := range []struct {
		reports, expected, windows float64
		want                       bool
	}{
		{3, 1. / 120, 4, true}, {3, .5, 4, false}, {7, .5, 4, true}, {2, 1e-6, 4, false}, {3, .1, 96, false}, {3, .02, 96, true},
	} {
		if got := Danger(c.reports, c.expected, c.windows); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// More upset mentions among as many never calm it, nor do grave ones.
func TestAngerIsMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for range 5_000 {
		var a Anger
		a.All, a.Share = float64(1+r.IntN(400)), r.Float64()
		a.Expected = a.All * r.Float64()
		a.ExpectedUpset, a.Looks = a.Expected*a.Share, float64(r.IntN(100))
		was := false
		for ; a.Upset <= a.All; a.Upset++ {
			a.Grave = 0
			is := a.Angry()
			if a.Grave = a.Upset; is && !a.Angry() {
				t.Fatalf("grave reports calm %+v", a)
			}
			if was && !is {
				t.Fatalf("calmed at %+v", a)
			}
			was = is
		}
	}
}

func TestCalm(t *testing.T) {
	f := func(name string, all, upset, share float64, want bool) {
		t.Helper()
		if got := Calm(all, upset, share); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	f("nobody spoke", 0, 0, .2, false)
	f("three of whom none is upset", 3, 0, .2, false)
	f("praise", 50, 0, .2, true)
	f("a launch", 3000, 270, .17, true)
	f("a sale: 600 with the usual share", 600, 150, .25, true)
	f("ten with the usual share", 10, 2, .2, false)
	f("as many, with a share that is hardly chance", 3000, 570, .17, false)
	f("anger", 50, 40, .2, false)
	f("a brand that nobody was ever upset about", 50, 0, 0, false)
}

func TestTailsAgainstGonum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 2_000 {
		n, p := float64(1+r.IntN(3000)), r.Float64()
		k := float64(r.IntN(int(n) + 1))
		if k > 0 {
			want := 1 - distuv.Binomial{N: n, P: p}.CDF(k-1)
			if got := BinomialTail(n, k, p); math.Abs(got-want) > 1e-7 {
				t.Errorf("binomial n %v k %v p %v: %v, want %v", n, k, p, got, want)
			}
		}
		m := 50 * r.Float64()
		k = math.Ceil(m) + float64(r.IntN(30))
		want := distuv.Poisson{Lambda: m}.Survival(k - 1)
		if math.Abs(PoissonTail(k, m)-want) > 1e-9 {
			t.Errorf("Poisson k %v m %v: %v, want %v", k, m, PoissonTail(k, m), want)
		}
	}
}

// The Bayes factor is what numerical integration gives.
func TestHigherShare(t *testing.T) {
	f := func(n, k, p float64) {
		t.Helper()
		const steps = 200_000
		sum := 0.0
		for i := range steps {
			x := p + (1-p)*(float64(i)+.5)/steps
			sum += math.Exp(k*math.Log(x/p) + (n-k)*(math.Log1p(-x)-math.Log1p(-p)))
		}
		want := sum / steps
		if got := higherShare(n, k, p); math.Abs(got/want-1) > 1e-4 {
			t.Errorf("%v of %v against %v: %v, want %v", k, n, p, got, want)
		}
	}
	f(3, 2, .2)
	f(10, 9, .5)
	f(100, 20, .15)
	f(5, 5, .01)
}

// More of the crest never lowers what is kept, and at a tenth nothing is red any
// more, at a fortieth nothing orange, even by the eased boundaries.
func TestFade(t *testing.T) {
	for i := range 1000 {
		if x, y := float64(i)/1000, float64(i+1)/1000; Fade(x) > Fade(y) {
			t.Fatalf("%v keeps more than %v", x, y)
		}
	}
	const eased = .9
	for _, x := range []struct {
		part  float64
		worst schemas.Level
	}{{1.2, schemas.Red}, {1, schemas.Red}, {.5, schemas.Red}, {.1, schemas.Orange}, {.025, schemas.Yellow}, {0, schemas.Blue}, {-1, schemas.Blue}} {
		if got := Of(99.9*Fade(x.part), true, eased); got != x.worst {
			t.Errorf("at %v of the crest the gravest is %s, want %s", x.part, got, x.worst)
		}
	}
}
