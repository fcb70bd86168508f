package detect

import "testing"

func TestSpareMemoryIsUsedAgain(t *testing.T) {
	var s spare[[]byte]
	if b := s.take(); b != nil {
		t.Fatalf("%d bytes out of nothing", cap(b))
	}
	for n := range mostSpare + 3 {
		s.give(make([]byte, 0, 100+n), 100, 100+n)
	}
	for n := range mostSpare {
		if b := s.take(); cap(b) != 100+n {
			t.Fatalf("memory %d has %d bytes", n, cap(b))
		}
	}
	if b := s.take(); b != nil {
		t.Errorf("more than %d are kept", mostSpare)
	}
}

func TestSpareMemoryOfABurstIsLetGo(t *testing.T) {
	var s spare[[]byte]
	s.give(make([]byte, 0, 1000), 249, 1000)
	if b := s.take(); b != nil {
		t.Errorf("%d bytes are kept of which 249 were used", cap(b))
	}
}
