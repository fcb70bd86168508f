package analyze

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// deadLetter sets a record aside: its first bytes as value, why and whence in
// the headers, its coordinates as key, so that a letter sent twice is known.
func deadLetter(source mentionlog.Source, r *kafkalog.Record, reason schemas.Reason, detail string) kafkalog.Record {
	sum := sha256.Sum256(r.Value)
	header := func(key, value string) kafka.Header { return kafka.Header{Key: key, Value: []byte(value)} }
	letter := kafkalog.Record{
		Time:  time.Now(),
		Key:   fmt.Appendf(nil, "%s/%d/%d/%d", source.Topic, source.Epoch, source.Partition, r.Offset),
		Value: r.Value[:min(len(r.Value), schemas.MaxDeadLetterBytes)],
		Headers: []kafka.Header{
			header("reason", string(reason)),
			header("detail", detail),
			header("source_topic", source.Topic),
			header("source_epoch", strconv.Itoa(source.Epoch)),
			header("source_partition", strconv.Itoa(source.Partition)),
			header("source_offset", strconv.FormatInt(r.Offset, 10)),
			header("source_time", r.Time.UTC().Format(time.RFC3339Nano)),
			header("length", strconv.Itoa(len(r.Value))),
			header("sha256", hex.EncodeToString(sum[:])),
		},
	}
	if origin := r.Header(schemas.HeaderOrigin); origin != nil {
		letter.Headers = append(letter.Headers, header(schemas.HeaderOrigin, excerpt(origin)))
	}
	return letter
}

// longestHeader is more than `fenghuo ingest` writes; others may write anything.
const longestHeader = 512

// excerpt is the text of a header.
func excerpt(header []byte) string {
	return strings.ToValidUTF8(string(header[:min(len(header), longestHeader)]), "\uFFFD")
}
