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
	got, h, err := Decode(AppendPost(nil, want))
	if err != nil || h != nil {
		t.Fatalf("Decode: %v, heartbeat %v", err, h)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestHeartbeatSurvivesEncoding(t *testing.T) {
	for _, want := range []*Heartbeat{
		exampleHeartbeat(),
		{Source: Source{Topic: "posts"}, Offset: -1, Partitions: 1}, // nothing read yet
	} {
		p, got, err := Decode(AppendHeartbeat(nil, want))
		if err != nil || p != nil {
			t.Fatalf("Decode: %v, post %v", err, p)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, b := range [][]byte{AppendPost(nil, examplePost()), AppendHeartbeat(nil, exampleHeartbeat())} {
		for n := range b {
			if _, _, err := Decode(b[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes decoded without an error", n, len(b))
			}
		}
		if _, _, err := Decode(append(b, 0)); err == nil {
			t.Error("a record with a byte too many decoded without an error")
		}
	}
}

func TestUnknownVersionNamesBoth(t *testing.T) {
	b := AppendPost(nil, examplePost())
	b[0] = 9
	if _, _, err := Decode(b); err == nil || err.Error() != "mention record: version 9, this program reads 1: run the newer program" {
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
	f.Fuzz(func(t *testing.T, b []byte) {
		post, heartbeat, err := Decode(b)
		if err != nil {
			return
		}
		var again []byte
		if post != nil {
			again = AppendPost(nil, post)
		} else {
			again = AppendHeartbeat(nil, heartbeat)
		}
		p2, h2, err := Decode(again)
		if err != nil {
			t.Fatalf("the encoding of a decoded record does not decode: %v", err)
		}
		if d := cmp.Diff(post, p2, cmp.Comparer(sameFloat)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(heartbeat, h2); d != "" {
			t.Error(d)
		}
	})
}

func sameFloat(a, b float32) bool { return a == b || a != a && b != b }

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
		if _, _, err := Decode(buf); err != nil {
			b.Fatal(err)
		}
	}
}
