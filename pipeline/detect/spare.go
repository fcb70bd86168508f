package detect

import "sync"

// mostSpare is how much memory of a kind is kept: of a backfill, a lot that lands
// and one that is packed meanwhile.
const mostSpare = 8

// spare keeps memory that is not used any more for what comes next. A sync.Pool
// would forget it with every second collection of garbage, and a backfill near
// its memory aim has one a second. What was far too large for its last use is
// let go, so that little is kept of a burst.
type spare[T any] struct {
	mu   sync.Mutex
	kept []T
}

// take returns the memory that was given first, T's zero value if there is none.
func (s *spare[T]) take() (x T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 0 {
		return x
	}
	first := s.kept[0]
	n := copy(s.kept, s.kept[1:])
	s.kept[n] = x
	s.kept = s.kept[:n]
	return first
}

// give takes memory with room for size, of which used were needed.
func (s *spare[T]) give(x T, used, size int) {
	if size > 4*used {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) < mostSpare {
		s.kept = append(s.kept, x)
	}
}
