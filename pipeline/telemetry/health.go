package telemetry

import (
	"encoding/json"
	"net/http"
	"sort"
	"sync"
)

// Health collects, per part of the process, why it cannot go on.
type Health struct {
	mu      sync.Mutex
	trouble map[string]string
}

// NewHealth returns a Health in which all is well except the parts named,
// which are starting.
func NewHealth(starting ...string) *Health {
	h := &Health{trouble: map[string]string{}}
	for _, part := range starting {
		h.trouble[part] = "starting"
	}
	return h
}

// Set reports the state of a part: nil means that it works.
func (h *Health) Set(part string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.trouble, part)
		return
	}
	h.trouble[part] = err.Error()
}

// Trouble returns one line a part that cannot go on, sorted.
func (h *Health) Trouble() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []string
	for part, why := range h.trouble {
		lines = append(lines, part+": "+why)
	}
	sort.Strings(lines)
	return lines
}

// ServeHTTP answers 200 when every part works, else 503 with the reasons.
func (h *Health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	lines := h.Trouble()
	w.Header().Set("Content-Type", "application/json")
	if len(lines) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(map[string]any{"ready": len(lines) == 0, "trouble": lines}) //nolint:errcheck // the client went away
}
