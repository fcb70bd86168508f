package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/schemas"
)

// Account says what became of rows that were sent.
type Account struct {
	Read         uint64                    `json:"read"`
	Stored       uint64                    `json:"stored"`
	Unattributed uint64                    `json:"unattributed"`
	Duplicates   uint64                    `json:"duplicates"`
	Dead         map[schemas.Reason]uint64 `json:"dead"`
}

// Accounted is the sum over what became of the rows.
func (a Account) Accounted() uint64 {
	return a.Stored + a.Unattributed + a.Duplicates + a.DeadRows()
}

// DeadRows is the sum over the reasons.
func (a Account) DeadRows() (n uint64) {
	for _, d := range a.Dead {
		n += d
	}
	return n
}

// minus is what was added to the account since before.
func (a Account) minus(before Account) Account {
	d := Account{
		Read: a.Read, Stored: a.Stored - before.Stored, Unattributed: a.Unattributed - before.Unattributed,
		Duplicates: a.Duplicates - before.Duplicates, Dead: map[schemas.Reason]uint64{},
	}
	for reason, n := range a.Dead {
		if n -= before.Dead[reason]; n > 0 {
			d.Dead[reason] = n
		}
	}
	return d
}

// ReadAccount reads the live account of one source topic and epoch from
// ClickHouse.
func ReadAccount(ctx context.Context, db driver.Conn, topic string, epoch uint32) (Account, error) {
	return readAccount(ctx, db, "run = 'live' AND source_topic = ? AND source_epoch = ?", topic, epoch)
}

// RunAccount reads the account of a backfill from ClickHouse.
func RunAccount(ctx context.Context, db driver.Conn, run string) (Account, error) {
	return readAccount(ctx, db, "run = ?", run)
}

func readAccount(ctx context.Context, db driver.Conn, where string, args ...any) (Account, error) {
	rows, err := db.Query(ctx, "SELECT toString(outcome), reason, sum(count) FROM intake_log WHERE "+where+" GROUP BY outcome, reason", args...)
	if err != nil {
		return Account{}, fmt.Errorf("read the account: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	a := Account{Dead: map[schemas.Reason]uint64{}}
	for rows.Next() {
		var outcome, reason string
		var n uint64
		if err := rows.Scan(&outcome, &reason, &n); err != nil {
			return Account{}, fmt.Errorf("read the account: %w", err)
		}
		switch outcome {
		case "stored":
			a.Stored += n
		case "unattributed":
			a.Unattributed += n
		case "duplicate":
			a.Duplicates += n
		case "dead":
			a.Dead[schemas.Reason(reason)] += n
		}
		a.Read += n
	}
	return a, rows.Err()
}

// Waiter waits until the pipeline has accounted for what was sent.
type Waiter struct {
	Account func(context.Context) (Account, error) // the account now
	Before  Account                                // before the first row was sent
	Pending uint64                                 // records sent earlier that Before does not hold
	Every   time.Duration                          // between looks
	// OnLook is called after every look: rows of this ingest accounted for so
	// far, and how long nothing has moved.
	OnLook func(accounted uint64, still time.Duration)
}

// Wait returns the account of the sent and the pending rows once it is complete.
// Where others
// send to the topic at the same time, their rows are in it.
func (w *Waiter) Wait(ctx context.Context, sent uint64) (Account, error) {
	moved, last := time.Now(), uint64(0)
	for {
		now, err := w.Account(ctx)
		if err != nil {
			return Account{}, err
		}
		done := now.Accounted() - w.Before.Accounted()
		if done != last {
			moved, last = time.Now(), done
		}
		if w.OnLook != nil {
			w.OnLook(done-min(done, w.Pending), time.Since(moved))
		}
		if done >= sent+w.Pending {
			a := now.minus(w.Before)
			a.Read = sent + w.Pending
			return a, nil
		}
		select {
		case <-ctx.Done():
			return Account{}, ctx.Err()
		case <-time.After(w.Every):
		}
	}
}
