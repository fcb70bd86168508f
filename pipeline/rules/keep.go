package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// load finds what the rule remembered at its last tick.
func (f *follower) load(ctx context.Context) error {
	states, err := f.states(ctx, f.rule.Name)
	if err != nil {
		return err
	}
	f.state, f.saved = NewState(), time.Now()
	if len(states) > 0 {
		f.state, f.tick = states[0].state, states[0].tick
	}
	return nil
}

// kept is a saved state.
type kept struct {
	rule  string
	tick  time.Time
	state *State
}

// states reads the newest state of a rule, or of all rules of the run where
// rule is empty.
func (n *Runner) states(ctx context.Context, rule string) (list []kept, err error) {
	rows, err := n.Conn.Query(ctx, `SELECT rule, s.tick, s.state FROM rule_state AS s WHERE run = ? AND rebuild = ? AND (? = '' OR rule = ?)
		ORDER BY s.tick DESC, updated_at DESC LIMIT 1 BY rule`, n.Run, uint32(n.Rebuild), rule, rule)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		k := kept{state: NewState()}
		var data string
		if err := rows.Scan(&k.rule, &k.tick, &data); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(data), k.state); err != nil {
			return nil, fmt.Errorf("state of rule %s: %w", k.rule, err)
		}
		k.tick = k.tick.UTC()
		list = append(list, k)
	}
	return list, rows.Err()
}

// save keeps the state now and then, and at once when something was told. A
// state that could not be saved costs a successor some work, nothing else.
func (f *follower) save(ctx context.Context, now bool) error {
	if !f.unsaved || !now && time.Since(f.saved) < saveEvery {
		return ctx.Err()
	}
	f.saved = time.Now()
	if err := f.write(ctx, f.rule.Name, f.tick, f.state); err != nil {
		if ctx.Err() == nil {
			f.say(f.tick, "could not save its state: "+oneLine(err))
		}
		return ctx.Err()
	}
	f.unsaved = false
	return nil
}

func (f *follower) lastSave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	_ = f.save(ctx, true) // has said why
}

func (n *Runner) write(ctx context.Context, rule string, tick time.Time, s *State) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	batch, err := n.Conn.PrepareBatch(ctx, "INSERT INTO rule_state (run, rebuild, rule, tick, state)")
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	if err := batch.Append(n.Run, uint32(n.Rebuild), rule, tick, string(data)); err != nil {
		return err
	}
	return batch.Send()
}

// clientPrefix is what the client puts before the message of a server.
var clientPrefix = regexp.MustCompile(`sendQuery: \[HTTP \d+\] code: \d+, message: (default: )?`)

// oneLine keeps the message of a server, which may quote the whole query, to
// what is wrong.
func oneLine(err error) string {
	s := clientPrefix.ReplaceAllString(strings.Join(strings.Fields(err.Error()), " "), "")
	if i := strings.Index(s, ": In scope "); i > 0 {
		s = s[:i]
	}
	if i, j := strings.Index(s, ". Expected one of: "), strings.LastIndex(s, " ("); i > 0 && j > i {
		s = s[:i] + s[j:]
	}
	const long = 300
	if r := []rune(s); len(r) > long {
		s = string(r[:long]) + "…"
	}
	return s
}
