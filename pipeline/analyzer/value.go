package analyzer

import "fenghuo/schemas"

// Attribute finds the brand and SKU that a value of a business series names by
// id, name or alias. ok is false where the brand is not known, or the SKU is not
// and unknown ones are not kept: the count of one product must not pass for the
// whole brand's.
func (a *Analyzer) Attribute(v *schemas.Value, s *Scratch) (brand, sku string, ok bool) {
	c := a.catalog.Load()
	p := schemas.Post{Brand: v.Brand, SKU: v.SKU}
	n, ok := a.fieldBrand(c, &p, s)
	if !ok {
		return "", "", false
	}
	sku, known := a.fieldSKU(c, &p, s, n)
	return c.brands[n.brand].id, sku, known || v.SKU == ""
}
