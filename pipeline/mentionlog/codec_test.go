package mentionlog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

func examplePost() *Post {
	return &Post{
		Source: Source{Topic: "posts", Epoch: 2, Partition: 7}, Offset: 1 << 40, Recorded: time.UnixMilli(1700000000123).UTC(),
		Home: true, ID: "帖1", Channel: "weibo", Kind: "review", Lang: "zh", Text: "充电器起火了，太危险", AuthorID: "u1", Region: "浙江",
		PublishedAt: time.UnixMilli(1699999999000).UTC(), Followers: 12, Likes: 3, Reposts: 4, Comments: 5, Rating: 1,
		Tokens: []string{"充电器", "起火"}, Keywords: []string{"起火"}, Sentiment: -.75, Polarity: schemas.Negative, Complaint: true,
		Complaints: []schemas.ComplaintScore{{Type: schemas.ProductSafety, Score: .9}}, Fingerprint: 0xdeadbeefcafe, AnalyzerVersion: "1",
		Mentions: []Mention{
			{Brand: "a", Primary: true, Complaint: true, Sentiment: -.5, Polarity: schemas.Negative},
			{Brand: "b", SKU: "s", Sentiment: .5, Polarity: schemas.Positive},
		},
	}
}

func exampleHeartbeat() *Heartbeat {
	return &Heartbeat{
		Source: Source{Topic: "posts", Partition: 3}, Offset: 41, Partitions: 8, Watermark: time.UnixMilli(1700000040000).UTC(), Idle: true,
		OutcomesFrom: 38, Outcomes: []Outcome{Attributed, None, Unattributed, Dead(schemas.ReasonNoText)},
	}
}

func TestPostSurvivesEncoding(t *testing.T) {
	want := examplePost()
	got, err := Decode(AppendPost(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Record{Post: want}, got); d != "" {
		t.Error(d)
	}
}

func exampleValue() *Value {
	return &Value{
		Source: Source{Topic: "posts", Epoch: 1, Partition: 2}, Offset: 77, Recorded: time.UnixMilli(1700000000123).UTC(),
		Series: "orders", Brand: "风驰", SKU: "x1", At: time.UnixMilli(1699999200000).UTC(), Value: 412.5,
	}
}

func TestValueSurvivesEncoding(t *testing.T) {
	for _, want := range []*Value{exampleValue(), {Source: Source{Topic: "posts"}, Recorded: time.UnixMilli(0).UTC(), At: time.UnixMilli(0).UTC()}} {
		got, err := Decode(AppendValue(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(Record{Value: want}, got); d != "" {
			t.Error(d)
		}
	}
}

// A program that knows no values refuses them by their version, as it would
// any newer record.
func TestValuesAreOfANewerVersion(t *testing.T) {
	b := AppendValue(nil, exampleValue())
	if b[0] <= version {
		t.Errorf("a value has version %d", b[0])
	}
}

func TestHeartbeatSurvivesEncoding(t *testing.T) {
	for _, want := range []*Heartbeat{
		exampleHeartbeat(),
		{Source: Source{Topic: "posts"}, Offset: -1, Partitions: 1}, // nothing read yet
	} {
		got, err := Decode(AppendHeartbeat(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(Record{Heartbeat: want}, got); d != "" {
			t.Error(d)
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, b := range [][]byte{AppendPost(nil, examplePost()), AppendHeartbeat(nil, exampleHeartbeat()), AppendValue(nil, exampleValue())} {
		for n := range b {
			if _, err := Decode(b[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes decoded without an error", n, len(b))
			}
		}
		if _, err := Decode(append(b, 0)); err == nil {
			t.Error("a record with a byte too many decoded without an error")
		}
	}
}

func TestUnknownVersionNamesBoth(t *testing.T) {
	b := AppendPost(nil, examplePost())
	b[0] = 9
	if _, err := Decode(b); err == nil || err.Error() != "mention record: version 9, this program reads up to 2: run the newer program" {
		t.Errorf("error is %v", err)
	}
}

func TestEveryReasonHasAnOutcome(t *testing.T) {
	for _, r := range deadReasons {
		if got := Dead(r).Reason(); got != r {
			t.Errorf("Dead(%q).Reason() = %q", r, got)
		}
	}
	for _, o := range []Outcome{None, Attributed, Unattributed} {
		if r := o.Reason(); r != "" {
			t.Errorf("outcome %d has reason %q", o, r)
		}
	}
}

// The layout is on disk in every mentions topic: these values must never change.
func TestPartitionOfIsStable(t *testing.T) {
	for brand, want := range map[string]int{"": 5, "tesla": 4, "老坛酸菜": 2} {
		if got := PartitionOf(brand, 8); got != want {
			t.Errorf("PartitionOf(%q, 8) = %d, want %d", brand, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(AppendPost(nil, examplePost()))
	f.Add(AppendHeartbeat(nil, exampleHeartbeat()))
	f.Add(AppendValue(nil, exampleValue()))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			return
		}
		var again []byte
		switch {
		case r.Post != nil:
			again = AppendPost(nil, r.Post)
		case r.Heartbeat != nil:
			again = AppendHeartbeat(nil, r.Heartbeat)
		default:
			again = AppendValue(nil, r.Value)
		}
		r2, err := Decode(again)
		if err != nil {
			t.Fatalf("the encoding of a decoded record does not decode: %v", err)
		}
		if d := cmp.Diff(r, r2, cmp.Comparer(sameFloat[float32]), cmp.Comparer(sameFloat[float64])); d != "" {
			t.Error(d)
		}
	})
}

func sameFloat[F float32 | float64](a, b F) bool { return a == b || a != a && b != b }

func BenchmarkAppendPost(b *testing.B) {
	p := examplePost()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendPost(buf[:0], p)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecode(b *testing.B) {
	buf := AppendPost(nil, examplePost())
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(buf); err != nil {
			b.Fatal(err)
		}
	}
}
