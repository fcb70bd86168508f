package engine

import "cmp"

// turn is a place in the order in which brands meet what they share: panes close
// before the mentions of the minute that follows are counted, and of one time
// brands go by id.
type turn struct {
	minute int64
	counts bool // mentions are counted; else a pane closes
	brand  *brand
}

func (t turn) compare(o turn) int {
	switch {
	case t.minute != o.minute:
		return cmp.Compare(t.minute, o.minute)
	case t.counts != o.counts:
		if o.counts {
			return -1
		}
		return 1
	}
	return cmp.Compare(t.brand.order, o.brand.order)
}

// lesson is what a brand's pane teaches all, by the turn at which it does.
type lesson struct {
	turn
	number                           int // of equal turns the first comes first
	all, complaints, negative, upset uint32
}

func (l lesson) compare(o lesson) int { //nolint:unused // by its heap
	return cmp.Or(l.turn.compare(o.turn), cmp.Compare(l.number, o.number))
}

// lessons are those that were not learnt: of a brand that has gone ahead nothing
// must be heard by one that is behind.
type lessons struct {
	heap[lesson]
	number int
}

func (l *lessons) add(t turn, p *pane) {
	l.number++
	l.push(lesson{t, l.number, p.all, p.complaints, p.negative, p.upset})
}

// heap gives the least of its elements first.
type heap[T interface{ compare(o T) int }] []T

func (h *heap[T]) push(x T) {
	list := append(*h, x)
	for i := len(list) - 1; i > 0; {
		up := (i - 1) / 2
		if list[up].compare(list[i]) <= 0 {
			break
		}
		list[up], list[i] = list[i], list[up]
		i = up
	}
	*h = list
}

func (h *heap[T]) pop() T {
	list := *h
	least, n := list[0], len(list)-1
	list[0] = list[n]
	list = list[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && list[down+1].compare(list[down]) < 0 {
			down++
		}
		if list[i].compare(list[down]) <= 0 {
			break
		}
		list[i], list[down] = list[down], list[i]
		i = down
	}
	*h = list
	return least
}
