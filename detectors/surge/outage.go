package surge

// outage is the latest outage of the source, and what would have been expected
// while it lasted. Outages within the longest window of each other are one, as
// if what they hid were spread evenly over it.
type outage struct {
	from, to int64 // Unix seconds
	expected float64
}

// add lengthens the outage by the rows between from and to, or begins another
// when the one before is out of reach of every window, `longest` seconds.
func (o *outage) add(from, to, longest int64, expected float64) {
	reach := from - longest
	switch {
	case o.to == from:
	case o.expected == 0 || o.to <= reach:
		o.from, o.expected = from, 0
	case o.from < reach:
		o.from, o.expected = reach, quantise(o.hidden(reach))
	}
	o.to = to
	o.expected += expected
}

// hidden is what would have been expected during the part of the outage after
// `since`.
func (o *outage) hidden(since int64) float64 {
	switch {
	case since <= o.from:
		return o.expected
	case since >= o.to:
		return 0
	}
	return o.expected * float64(o.to-since) / float64(o.to-o.from)
}
