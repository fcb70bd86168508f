package simulate

import (
	"time"

	"fenghuo/schemas"
)

// Truth is what a stream really holds. What happens is known from the start;
// the counts are of the records drawn so far.
type Truth struct {
	Seed      uint64          `json:"seed"`
	Start     time.Time       `json:"start"`
	End       time.Time       `json:"end"`
	Crisis    *CrisisTruth    `json:"crisis,omitempty"`
	Promotion *PromotionTruth `json:"promotion,omitempty"`
	Launch    *LaunchTruth    `json:"launch,omitempty"`
	Counts    Counts          `json:"counts"`
}

// CrisisTruth is the hidden crisis. Peak is the minute of its greatest planned
// rate, End when the rate falls below a twentieth of that, or the stream ends.
type CrisisTruth struct {
	Brand     string                `json:"brand"`
	BrandName string                `json:"brand_name"`
	SKU       string                `json:"sku"`
	SKUName   string                `json:"sku_name"`
	Type      schemas.ComplaintType `json:"type"`
	Start     time.Time             `json:"start"`
	Peak      time.Time             `json:"peak"`
	End       time.Time             `json:"end"`
	Channels  []ArrivalTruth        `json:"channels"` // in order of arrival
	Posts     int                   `json:"posts"`    // drawn so far, reposts and comments included
	FirstPost time.Time             `json:"first_post_at"`
}

// ArrivalTruth says when the crisis reaches a channel.
type ArrivalTruth struct {
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
}

// PromotionTruth is the known event that lifts every brand.
type PromotionTruth struct {
	Name string    `json:"name"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Lift float64   `json:"lift"`
}

// LaunchTruth is a new SKU that is praised.
type LaunchTruth struct {
	Brand string    `json:"brand"`
	SKU   string    `json:"sku"`
	Start time.Time `json:"start"`
	Posts int       `json:"posts"`
}

// Counts are of records drawn. Records = Distinct + Duplicates + all of Dead;
// Chatter is the part of Distinct that names no brand.
type Counts struct {
	Records    int                    `json:"records"`
	Distinct   int                    `json:"distinct_posts"`
	Duplicates int                    `json:"duplicates"`
	Chatter    int                    `json:"chatter"`
	Reposts    int                    `json:"reposts"`
	Comments   int                    `json:"comments"`
	Dead       map[schemas.Reason]int `json:"dead"`
	ByChannel  map[string]int         `json:"by_channel"`
	ByBrand    map[string]int         `json:"by_brand"`
}
