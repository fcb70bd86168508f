package service

import (
	"encoding/json"
	"math"
	"time"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/schemas"
)

// values are the orders of two brands by the hour, for a month before the posts
// and beside them, each brand's in a partition of its own. Orders fall for a
// day; every tenth value comes twice, wrong at first; one is none.
func (w *world) values() (byPartition map[int][]kafkalog.Record) {
	byPartition = map[int][]kafkalog.Record{}
	start := w.truth.Start.AddDate(0, 0, -30)
	for p, b := range w.config.Brands[:2] {
		for h := range 33 * 24 {
			m := 60 * (1.05 - math.Cos((float64(h%24)-3)/24*2*math.Pi)) * (1 + .1*math.Sin(float64(h*h)))
			if h >= 25*24+10 && h < 26*24+10 {
				m /= 4
			}
			v := schemas.Value{Series: "orders", Brand: b.ID, Timestamp: start.Add(time.Duration(h) * time.Hour), Value: math.Round(m)}
			wrong := v
			wrong.Value += 1000
			sent := []schemas.Value{wrong, v}
			if h%10 > 0 {
				sent = sent[1:]
			}
			for _, x := range sent {
				data, err := json.Marshal(x)
				if err != nil {
					w.t.Fatal(err)
				}
				byPartition[p] = append(byPartition[p], kafkalog.Record{Time: time.Now(), Value: data})
			}
		}
		byPartition[p] = append(byPartition[p], kafkalog.Record{Time: time.Now(), Value: []byte(`{"series":"orders","brand":"` + b.ID + `"}`)})
	}
	return byPartition
}

// spread puts the values among the posts of a partition, evenly.
func spread(posts, values []kafkalog.Record) (all []kafkalog.Record) {
	for i := range posts {
		all = append(all, values[i*len(values)/len(posts):(i+1)*len(values)/len(posts)]...)
		all = append(all, posts[i])
	}
	return all
}

// verifyValues holds what was stored against what was sent.
func (w *world) verifyValues() {
	w.t.Helper()
	rows, total := 0, 0.
	last := map[string]float64{}
	for _, records := range w.values() {
		for _, r := range records {
			if v, reason, _ := schemas.DecodeValue(r.Value, time.Time{}); reason == "" {
				rows++
				last[v.Brand+v.Timestamp.String()] = v.Value
			}
		}
	}
	for _, v := range last {
		total += v
	}
	if n := w.count("SELECT count() FROM business_values"); n != rows || n == 0 {
		w.t.Errorf("%d values are stored, %d were sent", n, rows)
	}
	for _, grain := range []string{"1m", "1h", "1d"} {
		if n := w.count("SELECT sum(value) FROM business WHERE sku = '' AND grain = '" + grain + "'"); n != int(total) {
			w.t.Errorf("orders by %s add up to %d, want %v", grain, n, total)
		}
	}
	if n := w.count("SELECT uniqExact(brand) FROM alerts WHERE signal = 'series:orders'"); n != 2 {
		w.t.Errorf("orders of %d brands have alerts", n)
	}
}
