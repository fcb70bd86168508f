package schemas

import (
	"testing"
	"time"
)

var benchPost = []byte(`{"id":"4967021","channel":"weibo","kind":"post","published_at":"2026-03-15T09:30:00.123+08:00","brand":"midea","sku":"ac-35","author_id":"u88213","followers":12803,"likes":3,"reposts":1,"comments":2,"region":"广东","text":"刚买三天的空调半夜冒烟，一股刺鼻的焦味，客服让我等三天，家里还有老人和孩子，太吓人了，有没有人管管！"}`)

func BenchmarkDecodePost(b *testing.B) {
	at := time.Date(2026, 3, 15, 2, 0, 0, 0, time.UTC)
	b.SetBytes(int64(len(benchPost)))
	b.ReportAllocs()
	for b.Loop() {
		if _, reason, detail := DecodePost(benchPost, at); reason != "" {
			b.Fatal(reason, detail)
		}
	}
}
