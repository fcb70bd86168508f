package engine

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"fenghuo/detectors/burst"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// evidence is a pane's channels, most telling posts and most telling words, as
// they are written. A day of a thousand brands holds half a million of them.
type evidence []byte

type channelCount struct {
	id    string
	n     uint32
	first int64 // Unix seconds
}

// post refers to a post and says how telling it is, and what it complains of.
type post struct {
	channel, id string
	at          int64 // Unix seconds
	weight      float32
	kinds       kinds
}

// kinds is a set of complaint types: a bit for each built-in one, and one for
// all those of a config.
type kinds uint16

func kindsOf(types ...schemas.ComplaintType) (set kinds) {
	for _, t := range types {
		switch i := slices.Index(schemas.ComplaintTypes, t); {
		case i >= 0:
			set |= 1 << i
		case t != schemas.Unspecified:
			set |= 1 << len(schemas.ComplaintTypes)
		}
	}
	return set
}

// withKinds is added to the number of posts where their kinds are written. It is more
// than a pane has of them.
const withKinds = 4

func appendEvidence(w *state.Writer, channels []channelCount, posts []post, words []burst.Count) {
	w.Uint(uint64(len(channels)))
	for _, c := range channels {
		w.String(c.id)
		w.Uint(uint64(c.n))
		w.Int(c.first)
	}
	appendPosts(w, posts)
	appendWords(w, words)
}

// appendPosts writes kinds only where some post has one: a state of before
// there were any is read as it is, and most panes stay as short.
func appendPosts(w *state.Writer, posts []post) {
	n := uint64(len(posts))
	typed := slices.ContainsFunc(posts, func(o post) bool { return o.kinds != 0 })
	if typed {
		n += withKinds
	}
	w.Uint(n)
	for _, o := range posts {
		w.String(o.channel)
		w.String(o.id)
		w.Int(o.at)
		w.Float32(o.weight)
		if typed {
			w.Uint(uint64(o.kinds))
		}
	}
}

// readCount is how many posts come next, and whether with their kinds.
func readCount(r *state.Reader) (n uint64, typed bool) {
	if n = r.Uint(); n < withKinds {
		return n, false
	}
	return n - withKinds, true
}

// readEvidence copies the evidence that comes next.
func readEvidence(r *state.Reader) evidence {
	from := r.Rest()
	skipChannels(r)
	skipPosts(r)
	for range r.Len() {
		r.Bytes()
		r.Uint()
	}
	return slices.Clone(evidence(from[:len(from)-len(r.Rest())]))
}

func skipChannels(r *state.Reader) {
	for range r.Len() {
		r.Bytes()
		r.Uint()
		r.Int()
	}
}

func skipPosts(r *state.Reader) {
	n, typed := readCount(r)
	for i := uint64(0); i < n && r.Err() == nil; i++ {
		r.Bytes()
		r.Bytes()
		r.Int()
		r.Float32()
		if typed {
			r.Uint()
		}
	}
}

// channel is a channelCount whose id is the evidence's.
type channel struct {
	id    []byte
	n     uint32
	first int64
}

func (v evidence) channels() iter.Seq[channel] {
	return func(yield func(channel) bool) {
		r := state.NewReader(v)
		for range r.Len() {
			if !yield(channel{r.Bytes(), uint32(r.Uint()), r.Int()}) {
				return
			}
		}
	}
}

func (v evidence) posts() iter.Seq[post] {
	return func(yield func(post) bool) {
		r := state.NewReader(v)
		skipChannels(r)
		n, typed := readCount(r)
		for i := uint64(0); i < n && r.Err() == nil; i++ {
			o := post{channel: r.String(), id: r.String(), at: r.Int(), weight: r.Float32()}
			if typed {
				o.kinds = kinds(r.Uint())
			}
			if !yield(o) {
				return
			}
		}
	}
}

// words are those of the pane with their numbers; they belong to the evidence.
func (v evidence) words() iter.Seq2[[]byte, uint32] {
	return func(yield func([]byte, uint32) bool) {
		r := state.NewReader(v)
		skipChannels(r)
		skipPosts(r)
		for range r.Len() {
			if !yield(r.Bytes(), uint32(r.Uint())) {
				return
			}
		}
	}
}

func addChannel(list []channelCount, c channelCount) []channelCount {
	for i := range list {
		if list[i].id == c.id {
			list[i].n += c.n
			list[i].first = min(list[i].first, c.first)
			return list
		}
	}
	return append(list, c)
}

// addPost keeps the n most telling posts, best first; of equals the earlier.
func addPost(list []post, p post, n int) []post {
	if len(list) == n && p.weight < list[n-1].weight {
		return list
	}
	i := 0
	for i < len(list) && comparePosts(list[i], p) < 0 {
		i++
	}
	if i >= n {
		return list
	}
	if len(list) == n {
		list = list[:n-1]
	}
	return slices.Insert(list, i, p)
}

func comparePosts(x, y post) int {
	return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(x.at, y.at),
		strings.Compare(x.channel, y.channel), strings.Compare(x.id, y.id))
}

// mergeChannels adds those of a pane's evidence.
func mergeChannels(list []channelCount, v evidence) []channelCount {
next:
	for c := range v.channels() {
		for i := range list {
			if list[i].id == string(c.id) {
				list[i].n += c.n
				list[i].first = min(list[i].first, c.first)
				continue next
			}
		}
		list = append(list, channelCount{string(c.id), c.n, c.first})
	}
	return list
}

func appendWords(w *state.Writer, words []burst.Count) {
	w.Uint(uint64(len(words)))
	for _, c := range words {
		w.String(c.Word)
		w.Uint(uint64(c.N))
	}
}

func readWords(r *state.Reader) []burst.Count {
	n := r.Len()
	words := make([]burst.Count, 0, n)
	for range n {
		words = append(words, burst.Count{Word: r.String(), N: uint32(r.Uint())})
	}
	return words
}
