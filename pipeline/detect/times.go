package detect

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

func encodeTimes(m map[string]time.Time) ([]byte, error) { return json.Marshal(m) }

func decodeTimes(value []byte, into map[string]time.Time) error {
	var m map[string]time.Time
	if err := json.Unmarshal(value, &m); err != nil {
		return fmt.Errorf("snapshot: times of resolved alerts: %w", err)
	}
	maps.Copy(into, m)
	return nil
}
