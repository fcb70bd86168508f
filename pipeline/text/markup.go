package text

import "strings"

// markup are the tags that feeds leave in texts: true for those that begin or
// end a line. What is in angle brackets and is none of these is text, as in
// "a<b" or <新品>.
var markup = map[string]bool{
	"a": false, "b": false, "em": false, "font": false, "i": false, "img": false, "mark": false, "small": false,
	"span": false, "strong": false, "sub": false, "sup": false, "u": false,
	"blockquote": true, "br": true, "div": true, "h1": true, "h2": true, "h3": true, "h4": true, "hr": true,
	"li": true, "ol": true, "p": true, "section": true, "table": true, "td": true, "th": true, "tr": true, "ul": true,
}

const (
	longestName = len("blockquote")
	longestTag  = 1024 // bytes that are looked through for its end
)

// tag passes over an HTML tag that a feed left in a text, so that neither its
// name nor its attributes are words. An emoticon that it shows as an image, as
// Weibo's do (<img alt=[怒] ...>), is kept.
func (n *normalizer) tag(raw string, at int) int {
	end := strings.IndexByte(raw[at:min(len(raw), at+longestTag)], '>')
	if end < 0 {
		return 0
	}
	inside := strings.TrimPrefix(raw[at+1:at+end], "/")
	size := 0
	for size < len(inside) && size <= longestName && inside[size] > ' ' && inside[size] != '/' {
		size++
	}
	name, rest := strings.ToLower(inside[:size]), inside[size:]
	line, known := markup[name]
	attributes := strings.Trim(rest, " \t\r\n/")
	if !known || attributes != "" && (!strings.Contains(attributes, "=") || strings.Contains(attributes, "<")) {
		return 0
	}
	if line {
		n.emit(' ', at)
	}
	if name == "img" {
		if alt := strings.Index(rest, "alt="); alt >= 0 {
			value := strings.TrimLeft(rest[alt+len("alt="):], `"'`)
			if strings.HasPrefix(value, "[") {
				n.emoticon(raw, at+end-len(value))
			}
		}
	}
	return end + 1
}
