package kafkalog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/segmentio/kafka-go"
)

// ErrRefused says that somebody is there and does not talk to us; the message
// names the settings to look at.
var ErrRefused = errors.New("refused")

// refusal is an ErrRefused with its message.
type refusal struct{ message string }

func (r refusal) Error() string        { return r.message }
func (r refusal) Is(target error) bool { return target == ErrRefused }

// explain says in words of the config why the brokers gave no answer.
func (c *Cluster) explain(err error) error {
	refuse := func(format string, args ...any) error {
		return refusal{"kafka at " + c.Brokers() + " " + fmt.Sprintf(format, args...)}
	}
	user := c.dialer.SASLMechanism
	switch {
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return refuse("refuses the user: set kafka.sasl.user and kafka.sasl.password")
	case errors.Is(err, kafka.UnsupportedSASLMechanism):
		return refuse("takes no SASL mechanism %s: set kafka.sasl.mechanism", user.Name())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if user != nil {
			return refuse("closes the connection: it refuses the user, takes none, or wants TLS: set kafka.sasl and kafka.tls")
		}
		return refuse("closes the connection: it may want a user or TLS: set kafka.sasl and kafka.tls")
	case errors.As(err, new(tls.RecordHeaderError)):
		return refuse("speaks no TLS: set kafka.tls")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return refuse("does not answer: set kafka.brokers and kafka.tls")
	}
	return fmt.Errorf("kafka at %s: %w", c.Brokers(), bare(err))
}

// bare is the error without the name of the call in kafka-go that failed.
func bare(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
