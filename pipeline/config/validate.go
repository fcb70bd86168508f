package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fenghuo/schemas"
)

// validator checks what types cannot say. It asks the decoder where a value
// stands.
type validator struct {
	c *Config
	d *decoder
}

func validate(c *Config, d *decoder) {
	v := validator{c, d}
	v.kafka()
	v.clickhouse()
	v.brands()
	v.channels()
	v.detection()
	v.windows()
	v.calendar()
	v.silences()
	v.complaints()
	v.series()
	v.retention()
	v.rules()
}

// fault reports at the value of path, or at the nearest value around it when
// the file leaves it out. Of a value that could not be read nothing more is
// said: it would only follow from that.
func (v *validator) fault(path, format string, args ...any) {
	place, found := position{1, 1}, false
	for p := path; p != ""; p = p[:max(0, strings.LastIndexAny(p, ".["))] {
		if v.d.bad[p] {
			return
		}
		if at, ok := v.d.positions[p]; ok && !found {
			place, found = at, true
		}
	}
	v.d.fault(place, "%s: %s", path, fmt.Sprintf(format, args...))
}

// must reports unless ok.
func (v *validator) must(ok bool, path, format string, args ...any) {
	if !ok {
		v.fault(path, format, args...)
	}
}

var (
	topicName    = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)
	databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	typeName     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	ruleName     = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

func (v *validator) kafka() {
	k := v.c.Kafka
	v.must(len(k.Brokers) > 0, "kafka.brokers", "name at least one broker, such as 127.0.0.1:9092")
	for i, b := range k.Brokers {
		host, port, err := net.SplitHostPort(b)
		v.must(err == nil && host != "" && port != "", at("kafka.brokers", i), "%q is not HOST:PORT", b)
	}
	v.topics()
	v.must(k.Partitions >= 1 && k.Partitions <= 10_000, "kafka.partitions", "%d is not in 1 to 10000", k.Partitions)
	v.must(k.Replicas >= 1 && k.Replicas <= 100, "kafka.replicas", "%d is not in 1 to 100", k.Replicas)
	v.must(k.GroupID != "", "kafka.group_id", "must not be empty")
	v.tls("kafka.tls", k.TLS)
	switch k.SASL.Mechanism {
	case "":
		v.must(k.SASL.User == "" && k.SASL.Password == "", "kafka.sasl", "give mechanism: plain, scram-sha-256 or scram-sha-512")
	case "plain", "scram-sha-256", "scram-sha-512":
		v.must(k.SASL.User != "", "kafka.sasl.user", "is missing")
	default:
		v.fault("kafka.sasl.mechanism", "%q is not one of plain, scram-sha-256, scram-sha-512", k.SASL.Mechanism)
	}
}

func (v *validator) topics() {
	t := v.c.Kafka.Topics
	uses := map[string]string{}
	for _, topic := range []struct{ key, name string }{
		{"posts", t.Posts}, {"mentions", t.Mentions}, {"dead", t.Dead}, {"events", t.Events}, {"state", t.State},
	} {
		path := "kafka.topics." + topic.key
		v.must(topicName.MatchString(topic.name) && topic.name != "." && topic.name != "..", path,
			"%q is not a topic name: letters, digits, dots, dashes and underscores, at most 249", topic.name)
		if other, used := uses[topic.name]; used {
			v.fault(path, "%q is also the topic of %s", topic.name, other)
		}
		uses[topic.name] = topic.key
	}
}

func (v *validator) tls(path string, t TLS) {
	v.must((t.Cert == "") == (t.Key == ""), path, "cert and key go together")
	v.must(t.Enabled || t == TLS{}, path, "has settings but not enabled: true")
}

func (v *validator) clickhouse() {
	c := v.c.ClickHouse
	if fault := urlFault(c.URL); fault != "" {
		v.fault("clickhouse.url", "%s", fault)
	} else {
		v.must(!c.TLS.Enabled || strings.HasPrefix(c.URL, "https:"), "clickhouse.tls", "is enabled, so clickhouse.url must begin with https://")
	}
	v.must(databaseName.MatchString(c.Database), "clickhouse.database", "%q is not a name of letters, digits and underscores", c.Database)
	v.tls("clickhouse.tls", c.TLS)
}

// urlFault says why s is not the address of a ClickHouse server over HTTP; ""
// when it is.
func urlFault(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Sprintf("%q is not an address such as http://127.0.0.1:8123 or https://host:8443", s)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Sprintf("%q has parameters: use clickhouse.database, clickhouse.user and clickhouse.password", s)
	}
	return ""
}

func (v *validator) channels() {
	seen := map[string]bool{}
	for i, c := range v.c.Channels {
		path := at("channels", i)
		v.must(c.ID != "", path+".id", "is missing")
		v.must(!seen[c.ID], path, "channel %q is given twice", c.ID)
		v.must(c.Weight >= 0 && c.Weight <= 100, path+".weight", "%v is not in 0 to 100", c.Weight)
		seen[c.ID] = true
	}
}

func (v *validator) windows() {
	w := v.c.Windows
	v.must(len(w) >= 1 && len(w) <= 8, "windows", "give 1 to 8 windows, such as [15m, 1h, 6h, 24h]")
	for i, window := range w {
		path := at("windows", i)
		v.must(window.Std() >= time.Minute && window.Std() <= 31*day, path, "%s is not in 1m to 31d", window)
		v.must(window.Std()%time.Minute == 0, path, "%s is not a whole number of minutes", window)
		v.must(i == 0 || window > w[i-1], path, "%s does not come after the window before it: order them from short to long", window)
	}
}

func (v *validator) detection() {
	d := v.c.Detection
	_, err := time.LoadLocation(v.c.Timezone)
	v.must(err == nil && v.c.Timezone != "" && v.c.Timezone != "Local", "timezone",
		"%q is not an IANA zone such as Asia/Shanghai, Europe/Berlin or UTC", v.c.Timezone)
	v.must(d.FalseAlarmsPerBrandWeek > 0 && d.FalseAlarmsPerBrandWeek <= 1000, "detection.false_alarms_per_brand_week",
		"%v is not above 0 and at most 1000", d.FalseAlarmsPerBrandWeek)
	v.must(d.Lateness.Std() <= day, "detection.lateness", "%s is longer than a day", d.Lateness)
	v.must(d.IdleAfter.Std() >= time.Second && d.IdleAfter.Std() <= day, "detection.idle_after", "%s is not in 1s to 1d", d.IdleAfter)
	v.must(v.c.Dedup.Horizon.Std() >= time.Minute && v.c.Dedup.Horizon.Std() <= 400*day, "dedup.horizon", "%s is not in 1m to 400d", v.c.Dedup.Horizon)
	v.must(v.c.Dedup.MaxIDs >= 1000 && v.c.Dedup.MaxIDs <= 1_000_000_000, "dedup.max_ids", "%d is not in 1000 to 1000000000", v.c.Dedup.MaxIDs)
}

func (v *validator) calendar() {
	for i, e := range v.c.Calendar {
		path := at("calendar", i)
		v.must(e.Name != "", path+".name", "is missing")
		v.span(path, e.From, e.To)
		v.knownBrands(path+".brands", e.Brands)
		v.must(e.Lift >= 0 && e.Lift <= 1000, path+".lift", "%v is not in 0 to 1000", e.Lift)
	}
}

func (v *validator) silences() {
	signals := []string{"", string(schemas.SignalMentions), string(schemas.SignalComplaints),
		string(schemas.SignalComplaintType), string(schemas.SignalNegativeShare), string(schemas.SignalKeyword)}
	for i, s := range v.c.Silences {
		path := at("silences", i)
		v.must(s.Brand != "" || s.SKU != "" || s.Signal != "", path, "would silence everything: give brand, sku or signal")
		v.span(path, s.From, s.To)
		if s.Brand != "" {
			v.must(v.hasBrand(s.Brand), path+".brand", "no brand has the id %q", s.Brand)
		}
		v.must(slices.Contains(signals, s.Signal) || strings.HasPrefix(s.Signal, string(schemas.SignalRule)) || strings.HasPrefix(s.Signal, string(schemas.SignalSeries)),
			path+".signal", "%q is not one of %s, series:NAME or rule:NAME", s.Signal, strings.Join(signals[1:], ", "))
	}
}

// span checks two times that both must be given.
func (v *validator) span(path string, from, to time.Time) {
	v.must(!from.IsZero(), path+".from", "is missing")
	v.must(!to.IsZero(), path+".to", "is missing")
	v.must(from.IsZero() || to.IsZero() || from.Before(to), path+".to", "is not after from")
}

func (v *validator) complaints() {
	known := map[schemas.ComplaintType]bool{}
	for _, t := range schemas.ComplaintTypes {
		known[t] = true
	}
	seen := map[schemas.ComplaintType]bool{}
	for i, t := range v.c.Complaints.Types {
		path := at("complaints.types", i)
		v.must(typeName.MatchString(string(t.ID)), path+".id", "%q is not a name of small letters, digits and underscores", t.ID)
		v.must(!seen[t.ID], path+".id", "complaint type %q is given twice", t.ID)
		v.must(t.ID != schemas.Unspecified, path+".id", "%q means that no type is known, it cannot be one", t.ID)
		v.notBlank(path+".words", t.Words)
		seen[t.ID], known[t.ID] = true, true
	}
	for t, weight := range v.c.Detection.Impact.Types {
		path := "detection.impact.types." + string(t)
		v.must(known[t], path, "no complaint type has this name")
		v.must(weight >= 0 && weight <= 1, path, "%v is not in 0 to 1", weight)
	}
}

func (v *validator) series() {
	seen := map[string]bool{}
	for i, s := range v.c.Series {
		path := at("series", i)
		v.must(strings.TrimSpace(s.Name) != "" && len(s.Name) <= schemas.MaxSeriesBytes, path+".name",
			"%q is not a name of 1 to %d bytes", s.Name, schemas.MaxSeriesBytes)
		v.must(!seen[s.Name], path+".name", "series %q is given twice", s.Name)
		v.must(s.Bad == "up" || s.Bad == "down" || s.Bad == "both", path+".bad", "%q is not one of up, down, both", s.Bad)
		v.must(s.Type == "" || typeName.MatchString(string(s.Type)), path+".type", "%q is not a complaint type", s.Type)
		seen[s.Name] = true
	}
}

func (v *validator) retention() {
	r := v.c.Retention
	for _, keep := range []struct {
		key string
		d   Duration
	}{{"mentions", r.Mentions}, {"trends", r.Trends}, {"alerts", r.Alerts}} {
		v.must(keep.d.Std() >= day && keep.d.Std()%day == 0, "retention."+keep.key, "%s is not a whole number of days, at least 1d", keep.d)
	}
}

func (v *validator) rules() {
	levels := []schemas.Level{schemas.Red, schemas.Orange, schemas.Yellow, schemas.Blue}
	seen := map[string]bool{}
	for i, r := range v.c.Rules {
		path := at("rules", i)
		v.must(ruleName.MatchString(r.Name), path+".name", "%q is not a name of letters, digits, dots, dashes and underscores", r.Name)
		v.must(!seen[r.Name], path+".name", "rule %q is given twice", r.Name)
		v.must(strings.TrimSpace(r.SQL) != "", path+".sql", "is missing")
		v.must(r.Every.Std() >= time.Second, path+".every", "%s is shorter than 1s", r.Every)
		v.must(slices.Contains(levels, r.Level), path+".level", "%q is not one of red, orange, yellow, blue", r.Level)
		seen[r.Name] = true
	}
}

func (v *validator) notBlank(path string, words []string) {
	for i, w := range words {
		v.must(strings.TrimSpace(w) != "", at(path, i), "is blank")
	}
}

func at(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
