package schemas

import "time"

// Post is one post, review, comment or title as it arrives on the posts
// topic. Only text (or title) and published_at are required. The wire form
// (times as RFC 3339 or Unix seconds or milliseconds, numbers or strings of
// numbers) is described by json/post.schema.json and read by DecodePost.
type Post struct {
	ID          string    `json:"id,omitempty"`
	Text        string    `json:"text"`
	Title       string    `json:"title,omitempty"`
	PublishedAt time.Time `json:"published_at"`
	Brand       string    `json:"brand,omitempty"` // config id, name or alias
	SKU         string    `json:"sku,omitempty"`   // config id, name or alias, or an unknown one
	Channel     string    `json:"channel,omitempty"`
	Kind        string    `json:"kind,omitempty"` // post, repost, comment, review, title, news ...
	Lang        string    `json:"lang,omitempty"` // zh, en ...; detected when empty
	AuthorID    string    `json:"author_id,omitempty"`
	Followers   int64     `json:"followers,omitempty"`
	Likes       int64     `json:"likes,omitempty"`
	Reposts     int64     `json:"reposts,omitempty"`
	Comments    int64     `json:"comments,omitempty"`
	Rating      float32   `json:"rating,omitempty"` // 1..5, 0 = none
	ParentID    string    `json:"parent_id,omitempty"`
	URL         string    `json:"url,omitempty"`
	Region      string    `json:"region,omitempty"`
}
