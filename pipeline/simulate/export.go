package simulate

import (
	"fmt"
	"io"
	"time"

	"github.com/goccy/go-yaml"

	"fenghuo/pipeline/config"
)

// WriteConfig writes Config as YAML, only the parts that differ from the
// defaults.
func (s *Simulator) WriteConfig(w io.Writer) error {
	type event struct {
		Name string    `yaml:"name"`
		From time.Time `yaml:"from"`
		To   time.Time `yaml:"to"`
		Lift float64   `yaml:"lift"`
	}
	c := s.Config()
	out := struct {
		Channels []config.Channel `yaml:"channels"`
		Calendar []event          `yaml:"calendar,omitempty"`
		Brands   []config.Brand   `yaml:"brands"`
	}{Channels: c.Channels, Brands: c.Brands}
	for _, e := range c.Calendar {
		out.Calendar = append(out.Calendar, event{e.Name, e.From, e.To, e.Lift})
	}
	if _, err := fmt.Fprintf(w, "# The portfolio of a simulated stream, seed %d. Its brands do not exist.\n", s.options.Seed); err != nil {
		return err
	}
	return yaml.NewEncoder(w, yaml.OmitEmpty(), yaml.IndentSequence(true)).Encode(out)
}
