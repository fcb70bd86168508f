package neardup

// perLine is how many groups a line holds: it is as long as a cache's, 64 bytes.
const perLine = 5

// line holds groups that share a pair of bytes, the oldest first, with their
// fingerprints, so that a look at them all waits for memory once.
type line struct {
	prints [perLine]uint64
	slots  [perLine]int32 // behind the last group none
	next   int32          // line of older groups, or a vacant one, plus 1
}

// lines are lists of groups by a pair of bytes, without pointers: the newest line
// of a list comes first.
type lines struct {
	heads  [tables][1 << 16]int32 // by table and pair: number of the line, plus 1
	all    []line
	vacant int32
}

// len is the number of groups in a line.
func (l *line) len() int {
	n := perLine
	for n > 0 && l.slots[n-1] == none {
		n--
	}
	return n
}

// add takes a group as the newest of the list of its pair.
func (x *lines) add(table int, fp uint64, slot int32) {
	head := &x.heads[table][key(fp, table)]
	if *head > 0 {
		l := &x.all[*head-1]
		if n := l.len(); n < perLine {
			l.prints[n], l.slots[n] = fp, slot
			return
		}
	}
	at := x.vacant
	if at > 0 {
		x.vacant = x.all[at-1].next
	} else {
		x.all = append(x.all, line{})
		at = int32(len(x.all))
	}
	x.all[at-1] = line{prints: [perLine]uint64{fp}, slots: [perLine]int32{slot, none, none, none, none}, next: *head}
	*head = at
}

// remove takes a group out, which is in the list.
func (x *lines) remove(table int, fp uint64, slot int32) {
	from := &x.heads[table][key(fp, table)]
	for {
		l := &x.all[*from-1]
		n := l.len()
		for i := range n {
			if l.slots[i] != slot {
				continue
			}
			copy(l.prints[i:n], l.prints[i+1:n])
			copy(l.slots[i:n], l.slots[i+1:n])
			l.slots[n-1] = none
			if n == 1 {
				at := *from
				*from, l.next, x.vacant = l.next, x.vacant, at
			}
			return
		}
		from = &l.next
	}
}
