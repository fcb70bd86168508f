package analyze

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/kafkalog"
)

// outbox holds the appenders of one generation and knows which source offsets
// are safe to commit.
type outbox struct {
	mentions []*kafkalog.Appender
	dead     []*kafkalog.Appender
	senders  *errgroup.Group
	stop     context.CancelFunc

	mu          sync.Mutex
	checkpoints map[int][]checkpoint // by source partition, in order
}

// checkpoint says that offset may be committed once every appender has
// acknowledged its ticket.
type checkpoint struct {
	offset  int64
	tickets []int64
}

func (s *Stage) newOutbox(ctx context.Context) *outbox {
	// The senders outlive the generation's context by the time of a drain.
	sendCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	o := &outbox{checkpoints: map[int][]checkpoint{}, stop: stop}
	for t := range s.MentionPartitions {
		o.mentions = append(o.mentions, s.Cluster.NewAppender(s.Topics.Mentions, t, s.onRetry))
	}
	for t := range s.DeadPartitions {
		o.dead = append(o.dead, s.Cluster.NewAppender(s.Topics.Dead, t, s.onRetry))
	}
	o.senders, sendCtx = errgroup.WithContext(sendCtx)
	for _, a := range o.appenders() {
		o.senders.Go(func() error { return a.Run(sendCtx) })
	}
	return o
}

func (o *outbox) appenders() []*kafkalog.Appender {
	return append(append([]*kafkalog.Appender(nil), o.mentions...), o.dead...)
}

// mark records that everything of source before offset has been appended.
func (o *outbox) mark(source int, offset int64) {
	c := checkpoint{offset: offset}
	for _, a := range o.appenders() {
		c.tickets = append(c.tickets, a.Appended())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checkpoints[source] = append(o.checkpoints[source], c)
}

// safe takes the newest offset of each source that may be committed.
func (o *outbox) safe() map[int]int64 {
	var acked []int64
	for _, a := range o.appenders() {
		acked = append(acked, a.Acked())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	offsets := map[int]int64{}
	for source, list := range o.checkpoints {
		n := 0
		for n < len(list) && list[n].reached(acked) {
			offsets[source] = list[n].offset
			n++
		}
		o.checkpoints[source] = list[n:]
	}
	return offsets
}

func (c *checkpoint) reached(acked []int64) bool {
	for i, ticket := range c.tickets {
		if acked[i] < ticket {
			return false
		}
	}
	return true
}

// drain waits until all that was appended is acknowledged, at most for
// timeout, and stops the senders.
func (o *outbox) drain(timeout time.Duration) {
	deadline := time.Now().Add(timeout)
	for _, a := range o.appenders() {
		for a.Acked() < a.Appended() && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
	}
	o.stop()
	o.senders.Wait() //nolint:errcheck // the senders' errors have reached the workers through Append
}
