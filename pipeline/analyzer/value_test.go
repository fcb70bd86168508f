package analyzer

import (
	"testing"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

func TestAttributeValues(t *testing.T) {
	brands := []config.Brand{
		{ID: "acme", Name: "风驰", Aliases: []string{"Acme Inc"}, SKUs: []config.SKU{{ID: "x1", Name: "风驰X1", Aliases: []string{"X-1"}}}},
		{ID: "bolt", Name: "Bolt"},
	}
	for _, open := range []string{"open", "closed"} {
		a, err := New(Options{Brands: brands, SKUs: open})
		if err != nil {
			t.Fatal(err)
		}
		s := NewScratch()
		f := func(brand, sku, wantBrand, wantSKU string, wantOK bool) {
			t.Helper()
			b, k, ok := a.Attribute(&schemas.Value{Brand: brand, SKU: sku}, s)
			if ok != wantOK || ok && (b != wantBrand || k != wantSKU) {
				t.Errorf("skus %s: %q %q is %q %q %v, want %q %q %v", open, brand, sku, b, k, ok, wantBrand, wantSKU, wantOK)
			}
		}
		f("acme", "", "acme", "", true)               // by id, whole brand
		f("风驰", "x1", "acme", "x1", true)             // by name
		f("ACME inc", "X-1", "acme", "x1", true)      // by alias, case aside
		f("nobody", "", "", "", false)                // not watched
		f("bolt", "b9", "bolt", "b9", open == "open") // an unknown SKU is its own, or nobody's
	}
}
