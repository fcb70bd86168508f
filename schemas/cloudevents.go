package schemas

import "time"

// Header is a header of a Kafka record.
type Header struct{ Key, Value string }

// AlertHeaders makes an alert a CloudEvent 1.0 in Kafka's binary content mode:
// the attributes are headers, the alert itself is the value.
func AlertHeaders(a *Alert) []Header {
	subject := a.Brand
	if a.SKU != "" {
		subject += "/" + a.SKU
	}
	return []Header{
		{"ce_specversion", "1.0"},
		{"ce_id", a.ID},
		{"ce_source", "/fenghuo/" + a.Run},
		{"ce_type", "fenghuo.alert." + string(a.State) + ".v1"},
		{"ce_time", a.At.UTC().Format(time.RFC3339Nano)},
		{"ce_subject", subject},
		{"content-type", "application/json"},
	}
}
