package config

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"fenghuo/schemas"
)

// brands checks ids, names and aliases. A post may name its brand by any of the
// three, so each belongs to one brand only; the same holds for the SKUs inside a
// brand.
func (v *validator) brands() {
	v.must(v.c.SKUs == "open" || v.c.SKUs == "closed", "skus", "%q is neither open nor closed", v.c.SKUs)
	v.must(v.c.MaxSKUs >= 1 && v.c.MaxSKUs <= 1_000_000, "max_skus", "%d is not in 1 to 1000000", v.c.MaxSKUs)
	ids := map[string]bool{}
	names := owners{v: v, what: "brand", of: map[string]string{}}
	for i, b := range v.c.Brands {
		path := at("brands", i)
		v.id(path, b.ID)
		v.must(!ids[b.ID] || b.ID == "", path+".id", "brand id %q is given twice", b.ID)
		ids[b.ID] = true
		names.claim(b.ID, path+".id", b.ID)
		names.claim(b.ID, path+".name", b.Name)
		v.aliases(path+".aliases", b.Aliases, b.ID, &names)
		v.notBlank(path+".context", b.Context)
		v.notBlank(path+".exclude", b.Exclude)
		v.competitors(path+".competitors", b)
		v.skus(path+".skus", b.SKUs)
	}
}

func (v *validator) skus(path string, skus []SKU) {
	ids := map[string]bool{}
	names := owners{v: v, what: "sku", of: map[string]string{}}
	for i, s := range skus {
		path := at(path, i)
		v.id(path, s.ID)
		v.must(!ids[s.ID] || s.ID == "", path+".id", "sku id %q is given twice in its brand", s.ID)
		ids[s.ID] = true
		names.claim(s.ID, path+".id", s.ID)
		names.claim(s.ID, path+".name", s.Name)
		v.aliases(path+".aliases", s.Aliases, s.ID, &names)
	}
}

func (v *validator) id(path, id string) {
	v.must(id != "", path+".id", "is missing")
	v.must(id == strings.TrimSpace(id) && len(id) <= schemas.MaxIDBytes, path+".id", "%q has space around it or is longer than %d bytes", id, schemas.MaxIDBytes)
}

func (v *validator) aliases(path string, aliases []string, owner string, names *owners) {
	v.notBlank(path, aliases)
	for i, a := range aliases {
		v.must(!slices.Contains(aliases[:i], a), at(path, i), "alias %q is given twice", a)
		names.claim(owner, at(path, i), a)
	}
}

func (v *validator) competitors(path string, b Brand) {
	v.knownBrands(path, b.Competitors)
	for i, id := range b.Competitors {
		v.must(id != b.ID, at(path, i), "brand %q cannot compete with itself", id)
	}
}

func (v *validator) knownBrands(path string, ids []string) {
	for i, id := range ids {
		v.must(v.hasBrand(id), at(path, i), "no brand has the id %q", id)
	}
}

func (v *validator) hasBrand(id string) bool {
	return slices.ContainsFunc(v.c.Brands, func(b Brand) bool { return b.ID == id })
}

// owners knows which brand or SKU a name belongs to, whatever its case and
// width.
type owners struct {
	v    *validator
	what string
	of   map[string]string // folded name: owner
}

func (o *owners) claim(owner, path, name string) {
	key := fold(name)
	if key == "" || owner == "" {
		return
	}
	if other, taken := o.of[key]; taken && other != owner {
		o.v.fault(path, "%q also means %s %q", name, o.what, other)
		return
	}
	o.of[key] = owner
}

func fold(s string) string { return strings.ToLower(norm.NFKC.String(strings.TrimSpace(s))) }
