package analyzer

import (
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// sentimentModel scores a span of a prepared text. The whole text is
// [0, len(d.Runes)]. Rating is 1..5, 0 = none. The score is -1..1 and its
// sign is the two-class decision. It must not allocate, must not keep d, and
// is called from several goroutines at once.
type sentimentModel interface {
	Score(d *text.Doc, span [2]int32, rating float32) (score float32, pol schemas.Polarity)
	Explain(d *text.Doc, span [2]int32, rating float32) []text.Contribution
}

// complaintModel says whether a text complains and of what. Sentiment is the
// score of the whole text. Every scoring type is appended to dst, best first;
// dst's capacity is reused. The rules of sentimentModel hold.
type complaintModel interface {
	Score(d *text.Doc, sentiment float32, dst []schemas.ComplaintScore) (complaint bool, types []schemas.ComplaintScore)
}
