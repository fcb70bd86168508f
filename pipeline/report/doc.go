// Package report tells the story of a crisis from what is stored: when the
// first sign was visible and in which posts, when the alert came, how the
// crisis grew, peaked and ended, what was said where, and what happened after
// the brand spoke. Build reads ClickHouse into a Report, which is JSON;
// WriteHTML makes one page of it that needs nothing else: no script, no font,
// no network.
//
// It may import config, look, schemas and the ClickHouse driver. It promises
// that every figure is a count of stored rows, that every quoted post is one
// of them, that what posts say stays text, and that it says where there is
// little to go by.
package report
