package analyzer

import (
	"strings"
	"unicode/utf8"

	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// maxSKU caps an unknown SKU that a post names, in bytes.
const maxSKU = 128

// attribute fills the result's brands: the post's brand field if it names a
// known brand, else the brands that the text names.
func (a *Analyzer) attribute(p *schemas.Post, s *Scratch) {
	c, m := a.catalog.Load(), &s.match
	m.search(c, &s.doc)
	m.decide(c, &s.doc)
	r := &s.result
	if p.Rating == 0 && m.onlyNames(&s.doc) {
		r.Sentiment, r.Polarity, r.Complaint, r.Complaints = 0, schemas.Neutral, false, r.Complaints[:0]
	}
	if n, ok := a.fieldBrand(c, p, s); ok {
		sku, known := a.fieldSKU(c, p, s, n)
		if !known {
			a.addFromText(c, s, func(f found) bool { return f.brand == n.brand && f.sku != noSKU })
		}
		if known || len(r.Brands) == 0 {
			r.Brands = append(r.Brands, s.mention(c, n.brand, sku))
		}
		return
	}
	a.addFromText(c, s, func(found) bool { return true })
	if len(r.Brands) == 1 && r.Brands[0].SKU == "" && p.SKU != "" {
		r.Brands[0].SKU, _ = a.fieldSKU(c, p, s, name{brand: s.match.names[0].brand})
	}
	a.rate(c, s)
}

// fieldBrand reads the post's brand field, or its SKU field where that alone
// names a brand.
func (a *Analyzer) fieldBrand(c *catalog, p *schemas.Post, s *Scratch) (name, bool) {
	if p.Brand != "" {
		if n, ok := c.fields[p.Brand]; ok {
			return n, true
		}
		if n, ok := c.fields[string(s.normal(p.Brand))]; ok {
			return n, true
		}
	}
	if p.SKU != "" {
		n, ok := c.orphans[p.SKU]
		if !ok {
			n, ok = c.orphans[string(s.normal(p.SKU))]
		}
		if ok && n.brand >= 0 {
			return n, true
		}
	}
	return name{}, false
}

// fieldSKU reads the post's SKU field under a brand: a known SKU's id, or the
// field itself where unknown SKUs are kept.
func (a *Analyzer) fieldSKU(c *catalog, p *schemas.Post, s *Scratch, n name) (sku string, given bool) {
	if p.SKU == "" {
		return "", false
	}
	i, ok := c.skus[skuKey{n.brand, p.SKU}]
	if !ok {
		i, ok = c.skus[skuKey{n.brand, string(s.normal(p.SKU))}]
	}
	if ok {
		return c.brands[n.brand].skus[i], true
	}
	if !a.openSKUs {
		return "", false
	}
	sku = capped(strings.TrimSpace(p.SKU))
	return sku, sku != ""
}

func capped(s string) string {
	if len(s) <= maxSKU {
		return s
	}
	end := maxSKU
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// normal is a field in the form of the catalog's keys, valid until the next
// call.
func (s *Scratch) normal(field string) []byte {
	if err := text.Normalize(&s.field, strings.Trim(strings.TrimSpace(field), "@#＃＠")); err != nil {
		return nil
	}
	s.key = s.key[:0]
	for _, r := range s.field.Runes {
		s.key = utf8.AppendRune(s.key, r)
	}
	return s.key
}

// addFromText adds a mention for every (brand, SKU) that the text names and
// keep accepts; the brand alone only where it has no SKU in the text.
func (a *Analyzer) addFromText(c *catalog, s *Scratch, keep func(found) bool) {
	r, names := &s.result, s.match.names
	for i, f := range names {
		if !keep(f) || seen(names[:i], f) {
			continue
		}
		if f.sku == noSKU && hasSKU(names, f.brand) {
			continue
		}
		sku := ""
		if f.sku != noSKU {
			sku = c.brands[f.brand].skus[f.sku]
		}
		r.Brands = append(r.Brands, s.mention(c, f.brand, sku))
	}
}

func seen(before []found, f found) bool {
	for _, b := range before {
		if b.brand == f.brand && b.sku == f.sku {
			return true
		}
	}
	return false
}

func hasSKU(names []found, brand int32) bool {
	for _, f := range names {
		if f.brand == brand && f.sku != noSKU {
			return true
		}
	}
	return false
}

// mention is about a brand as the whole post is; rate refines it.
func (s *Scratch) mention(c *catalog, brand int32, sku string) BrandMention {
	r := &s.result
	m := BrandMention{
		Brand: c.brands[brand].id, SKU: sku, Primary: true,
		Sentiment: r.Sentiment, Polarity: r.Polarity, Complaint: r.Complaint,
	}
	for i := range r.Brands {
		if r.Brands[i].Brand == m.Brand {
			m.Primary = false
		}
	}
	return m
}
