package schemas

import "time"

// Value is one value of a business series (orders, refunds, returns, tickets
// ...) as it arrives on the posts topic: a count of what happened from
// Timestamp until the next value. A later one for the same brand, SKU, series
// and time corrects it. The wire form is described by json/value.schema.json
// and read by DecodeValue.
type Value struct {
	Series    string    `json:"series"`
	Brand     string    `json:"brand"`         // config id, name or alias
	SKU       string    `json:"sku,omitempty"` // config id, name or alias, or an unknown one; "" = the whole brand
	Timestamp time.Time `json:"timestamp"`
	Value     float64   `json:"value"` // zero or more
}
