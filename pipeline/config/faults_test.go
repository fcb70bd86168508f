package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

type complaintType = schemas.ComplaintType

// faultCases list a text and everything that is to be said about it.
var faultCases = []struct {
	name, text string
	want       []string
}{
	{"unknown key, near", "kafak: {}", []string{`1:1: unknown key "kafak", did you mean "kafka"?`}},
	{"unknown key, nested", "kafka:\n  tls: {enable: true}", []string{`2:9: unknown key "enable" in kafka.tls, did you mean "enabled"?`}},
	{"unknown key, far", "dedup: {window: 1h}", []string{`1:9: unknown key "window" in dedup; known are horizon, max_ids`}},
	{"key twice", "skus: open\nskus: closed", []string{`2:1: key "skus" is given twice, first in line 1`}},

	{"string for a list", "kafka: {brokers: 127.0.0.1:9092}", []string{`1:18: kafka.brokers must be a list, not the string "127.0.0.1:9092"`}},
	{"string for a number", "max_skus: many", []string{`1:11: max_skus must be a whole number, not the string "many"`}},
	{"fraction for a whole number", "max_skus: 1.5", []string{`1:11: max_skus must be a whole number, not the number 1.5`}},
	{"list for a mapping", "kafka: [a]", []string{`1:8: kafka must be a mapping of keys to values, not a list`}},
	{"boolean for a string", "brands: [{id: true}]", []string{`1:15: brands[0].id must be a string, not true (quote it to make it a string)`}},
	{"number for a boolean", "kafka: {create: 1}", []string{`1:17: kafka.create must be true or false, not the number 1`}},
	{"list for the file", "- a\n- b", []string{`1:1: the file must be a mapping of keys to values, not a list`}},
	{"string for the file", "hello", []string{`1:1: the file must be a mapping of keys to values, not the string "hello"`}},
	{"empty item", "brands:\n  -\n", []string{`2:5: brands[0] is empty`}},

	{"truncated list", "windows: [15m, 1h", []string{`1:10: not YAML: sequence end token ']' not found`}},
	{"truncated string", "timezone: \"Asia/Sha", []string{`1:11: not YAML: could not find end character of double-quoted text`}},
	{"two documents", "skus: open\n---\nskus: closed", []string{`3:1: a second document begins here: a config file is one document`}},
	{"alias without anchor", "skus: *x", []string{`1:7: alias *x has no anchor above it`}},

	{"series", "series: [{name: ''}, {name: calls, bad: sideways}, {name: calls, type: A B}]", []string{
		`1:17: series[0].name: "" is not a name of 1 to 64 bytes`, `1:41: series[1].bad: "sideways" is not one of up, down, both`,
		`1:59: series[2].name: series "calls" is given twice`, `1:72: series[2].type: "A B" is not a complaint type`,
	}},

	{"variable not set", "clickhouse: {password: \"${FENGHUO_NOT_SET}\"}", []string{`1:24: environment variable FENGHUO_NOT_SET is not set`}},
	{"variable broken", "clickhouse: {password: 'a${b'}", []string{`1:24: "${b" is not a variable: write ${NAME}, or $${ for a plain ${`}},

	{"broker without port", "kafka: {brokers: [localhost]}", []string{`1:19: kafka.brokers[0]: "localhost" is not HOST:PORT`}},
	{"no broker", "kafka: {brokers: []}", []string{`1:18: kafka.brokers: name at least one broker, such as 127.0.0.1:9092`}},
	{"topic used twice", "kafka: {topics: {dead: posts}}", []string{`1:24: kafka.topics.dead: "posts" is also the topic of posts`}},
	{"topic with a space", "kafka: {topics: {dead: a b}}", []string{`1:24: kafka.topics.dead: "a b" is not a topic name: letters, digits, dots, dashes and underscores, at most 249`}},
	{"unknown mechanism", "kafka: {sasl: {mechanism: oauth}}", []string{`1:27: kafka.sasl.mechanism: "oauth" is not one of plain, scram-sha-256, scram-sha-512`}},
	{"user without mechanism", "kafka: {sasl: {user: u}}", []string{`1:15: kafka.sasl: give mechanism: plain, scram-sha-256 or scram-sha-512`}},
	{"certificate without key", "kafka: {tls: {enabled: true, cert: a}}", []string{`1:14: kafka.tls: cert and key go together`}},
	{"TLS forgotten", "kafka: {tls: {ca: a}}", []string{`1:14: kafka.tls: has settings but not enabled: true`}},
	{"native port", "clickhouse: {url: 'tcp://h:9000'}", []string{`1:19: clickhouse.url: "tcp://h:9000" is not an address such as http://127.0.0.1:8123 or https://host:8443`}},
	{"TLS over http", "clickhouse: {tls: {enabled: true}}", []string{`1:19: clickhouse.tls: is enabled, so clickhouse.url must begin with https://`}},
	{"timezone", "timezone: Asia/Shangai", []string{`1:11: timezone: "Asia/Shangai" is not an IANA zone such as Asia/Shanghai, Europe/Berlin or UTC`}},

	{"windows out of order", "windows: [1h, 15m]", []string{`1:15: windows[1]: 15m does not come after the window before it: order them from short to long`}},
	{"window twice", "windows: [1h, 60m]", []string{`1:15: windows[1]: 1h does not come after the window before it: order them from short to long`}},
	{"window of seconds", "windows: [90s]", []string{`1:11: windows[0]: 1m30s is not a whole number of minutes`}},
	{"no window", "windows: []", []string{`1:10: windows: give 1 to 8 windows, such as [15m, 1h, 6h, 24h]`}},
	{"bad duration", "windows: [soon, -1h, 5]", []string{
		`1:11: windows[0]: "soon" is not a duration: write a number and a unit, such as 90s, 15m, 6h, 30d or 2w`,
		`1:17: windows[1]: "-1h" is not a duration: write a number and a unit, such as 90s, 15m, 6h, 30d or 2w`,
		`1:22: windows[2]: "5" is not a duration: write a number and a unit, such as 90s, 15m, 6h, 30d or 2w`}},
	{"huge duration", "dedup: {horizon: 99999999w}", []string{`1:18: dedup.horizon: "99999999w" is not a duration that can be used: write 90s, 15m, 6h, 30d or 2w, at most 200 years`}},

	{"brand without id", "brands: [{name: 甲}]", []string{`1:10: brands[0].id: is missing`}},
	{"brand id twice", "brands:\n  - id: a\n  - id: a", []string{`3:9: brands[1].id: brand id "a" is given twice`}},
	{"alias of two brands, in other width and case", "brands:\n  - {id: a, aliases: [Ａpple]}\n  - {id: b, aliases: [x, apple]}",
		[]string{`3:26: brands[1].aliases[1]: "apple" also means brand "a"`}},
	{"alias is the name of another", "brands: [{id: a, name: 海天}, {id: b, aliases: [海天]}]",
		[]string{`1:47: brands[1].aliases[0]: "海天" also means brand "a"`}},
	{"alias twice", "brands: [{id: a, aliases: [x, x]}]", []string{`1:31: brands[0].aliases[1]: alias "x" is given twice`}},
	{"alias blank", "brands: [{id: a, aliases: [' ']}]", []string{`1:28: brands[0].aliases[0]: is blank`}},
	{"competitors", "brands: [{id: a, competitors: [b, a]}]", []string{
		`1:32: brands[0].competitors[0]: no brand has the id "b"`,
		`1:35: brands[0].competitors[1]: brand "a" cannot compete with itself`}},
	{"sku twice", "brands: [{id: a, skus: [{id: s}, {id: s}]}]", []string{`1:39: brands[0].skus[1].id: sku id "s" is given twice in its brand`}},
	{"alias of two skus", "brands: [{id: a, skus: [{id: s, aliases: [x]}, {id: t, aliases: [X]}]}]",
		[]string{`1:66: brands[0].skus[1].aliases[0]: "X" also means sku "s"`}},

	{"channel weight", "channels: [{id: a, weight: -1}]", []string{`1:28: channels[0].weight: -1 is not in 0 to 100`}},
	{"channel twice", "channels: [{id: a}, {id: a}]", []string{`1:21: channels[1]: channel "a" is given twice`}},
	{"budget", "detection: {false_alarms_per_brand_week: 0}", []string{`1:42: detection.false_alarms_per_brand_week: 0 is not above 0 and at most 1000`}},
	{"impact of an unknown type", "detection: {impact: {types: {fire: 1}}}", []string{`1:36: detection.impact.types.fire: no complaint type has this name`}},
	{"calendar backwards", "calendar:\n  - name: a\n    from: 2026-11-12\n    to: 2026-11-10", []string{`4:9: calendar[0].to: is not after from`}},
	{"calendar open", "calendar: [{name: a, from: 2026-11-12}]", []string{`1:12: calendar[0].to: is missing`}},
	{"calendar time", "calendar: [{name: a, from: tomorrow, to: 2026-11-12}]",
		[]string{`1:28: calendar[0].from: "tomorrow" is not a time: write 2026-11-11T00:00:00+08:00, 2026-11-11 20:00 or 2026-11-11`}},
	{"calendar of nobody", "calendar: [{name: a, from: 2026-11-01, to: 2026-11-12, brands: [b]}]", []string{`1:65: calendar[0].brands[0]: no brand has the id "b"`}},
	{"silence of everything", "silences: [{from: 2026-11-01, to: 2026-11-12}]", []string{`1:12: silences[0]: would silence everything: give brand, sku or signal`}},
	{"silence of an unknown signal", "silences: [{signal: noise, from: 2026-11-01, to: 2026-11-12}]",
		[]string{`1:21: silences[0].signal: "noise" is not one of mentions, complaints, complaint_type, negative_share, keyword, series:NAME or rule:NAME`}},
	{"complaint type name", "complaints: {types: [{id: Fire}]}", []string{`1:27: complaints.types[0].id: "Fire" is not a name of small letters, digits and underscores`}},
	{"retention of hours", "retention: {mentions: 36h}", []string{`1:23: retention.mentions: 36h is not a whole number of days, at least 1d`}},
	{"rule without anything", "rules: [{name: r}]", []string{
		`1:9: rules[0].sql: is missing`,
		`1:9: rules[0].level: "" is not one of red, orange, yellow, blue`}},

	{"several at once, in order", "windows: [2m, 1m]\nkafka: {partitions: 0}\nfoo: 1\n", []string{
		`1:15: windows[1]: 1m does not come after the window before it: order them from short to long`,
		`2:21: kafka.partitions: 0 is not in 1 to 10000`,
		`3:1: unknown key "foo"; known are brands, calendar, channels, clickhouse, complaints, dedup, detection, kafka, max_skus, retention, rule_files, rules, series, silences, skus, timezone, windows`}},
}

func TestFaults(t *testing.T) {
	for _, c := range faultCases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(c.text))
			if err == nil {
				t.Fatalf("%q is accepted", c.text)
			}
			got := strings.Split(strings.ReplaceAll(err.Error(), "f.yaml:", ""), "\n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s\n%s", c.text, diff)
			}
		})
	}
}
