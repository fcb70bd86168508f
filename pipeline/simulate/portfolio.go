package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"fenghuo/pipeline/config"
)

// categories in the order brands are dealt to them.
var categories = []string{"appliance", "digital", "beauty", "food", "apparel", "baby"}

// firstNames are the brands of the default portfolio; more are composed.
var firstNames = []struct{ name, latin string }{
	{"禾沐", "Hemura"}, {"恺讯", "Kaixonic"}, {"若棠", "Ruotanne"}, {"谷满仓", "Gumanti"},
	{"步野", "Bujera"}, {"贝朵拉", "Bedolla"}, {"澄屿", "Chengyra"}, {"朗钛", "Langtio"},
	{"玉芙漾", "Yufaya"}, {"味小园", "Veigarden"}, {"岚绒", "Lanrona"}, {"苗心宝", "Mioxin"},
}

var (
	nameHeads = strings.Split("澜钰骁霁瀚沁菡嵘晗璟翊泓羿岑煜珞", "")
	nameTails = strings.Split("珀珲漪桉柠旎澈屹棠玥笙筠蓁曦翎璇", "")
	nameEnds  = []string{"", "诺", "宜", "雅", "可", "莱", "迪", "优"}
	romanEnds = []string{"", "no", "yi", "ya", "ko", "lai", "di", "yo"}
	romanHead = []string{"Lan", "Yu", "Xiao", "Jivo", "Han", "Qin", "Dan", "Rong", "Hua", "Jing", "Yix", "Hong", "Yir", "Cen", "Yuk", "Luo"}
	romanTail = []string{"poa", "hune", "yira", "anza", "ninga", "nivo", "chel", "yitta", "tanna", "yuela", "shenga", "yuna", "zhena", "xira", "linga", "xuana"}
)

// brand is a brand of the portfolio with what the generator needs of it.
type brand struct {
	config.Brand
	latin  string
	weight float64 // share of all posts about brands
	skus   []sku
}

type sku struct {
	config.SKU
	product string
	model   string
	weight  float64 // share of the brand's posts
}

// newPortfolio makes brands and SKUs with Zipf-like popularity.
func newPortfolio(b *bank, rng *rand.Rand, brands, skus int) []brand {
	list := make([]brand, brands)
	total := 0.0
	for i := range list {
		name, latin := brandName(i)
		list[i] = brand{
			Brand: config.Brand{
				ID: strings.ToLower(latin), Name: name, Aliases: []string{latin},
				Category: categories[i%len(categories)],
			},
			latin:  latin,
			weight: 1 / math.Pow(float64(i%40)+2, .6),
		}
		total += list[i].weight
	}
	for i := range list {
		list[i].weight /= total
		n := skus / brands
		if i < skus%brands {
			n++
		}
		list[i].skus = newSKUs(b, rng, &list[i], n)
		for _, s := range list[i].skus {
			list[i].SKUs = append(list[i].SKUs, s.SKU)
		}
		for j := range list {
			if j != i && list[j].Category == list[i].Category && len(list[i].Competitors) < 5 {
				list[i].Competitors = append(list[i].Competitors, list[j].ID)
			}
		}
	}
	return list
}

func brandName(i int) (name, latin string) {
	if i < len(firstNames) {
		return firstNames[i].name, firstNames[i].latin
	}
	i -= len(firstNames)
	h, t, e := i%16, i/16%16, i/256%8
	name, latin = nameHeads[h]+nameTails[t]+nameEnds[e], romanHead[h]+romanTail[t]+romanEnds[e]
	if round := i / 2048; round > 0 {
		name, latin = fmt.Sprintf("%s%d", name, round), fmt.Sprintf("%s%d", latin, round)
	}
	return name, latin
}

func newSKUs(b *bank, rng *rand.Rand, owner *brand, n int) []sku {
	products := b.sections["products."+owner.Category]
	list := make([]sku, n)
	total := 0.0
	for i := range list {
		product := products[i%len(products)][0].text
		model := fmt.Sprintf("%c%d", 'A'+rune(i*7%26), 10+i)
		list[i] = sku{
			SKU: config.SKU{
				ID:      fmt.Sprintf("%s-%s", owner.ID, strings.ToLower(model)),
				Name:    owner.Name + product + model,
				Aliases: []string{owner.Name + model},
			},
			product: product, model: model,
			weight: (.5 + rng.Float64()) / math.Pow(float64(i)+1, .8),
		}
		if i < len(products) {
			// The first model of a product is what people mean by its name.
			list[i].Aliases = append(list[i].Aliases, owner.Name+product)
		}
		total += list[i].weight
	}
	for i := range list {
		list[i].weight /= total
	}
	return list
}

// pick draws an index in proportion to weight, which sums to 1 over n.
func pick(rng *rand.Rand, n int, weight func(int) float64) int {
	u := rng.Float64()
	for i := range n - 1 {
		if u -= weight(i); u < 0 {
			return i
		}
	}
	return n - 1
}
