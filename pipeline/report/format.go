package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"fenghuo/schemas"
)

// typeNames are the built-in complaint types for people.
var typeNames = map[schemas.ComplaintType]string{
	schemas.ProductQuality:     "Product quality 产品质量",
	schemas.ProductSafety:      "Product safety 安全隐患",
	schemas.CustomerService:    "Customer service 服务质量",
	schemas.Logistics:          "Logistics 物流与供应链",
	schemas.CounterfeitIP:      "Counterfeit, IP 假冒与知识产权",
	schemas.FalseAdvertising:   "False advertising 虚假宣传与价格欺诈",
	schemas.DataSecurity:       "Data security 网络安全",
	schemas.Compliance:         "Compliance 法律法规",
	schemas.BrandImage:         "Brand image 品牌形象",
	schemas.InternalManagement: "Internal management 内部管理",
	schemas.Unspecified:        "No one type 未分类",
}

var levelNames = map[schemas.Level]string{
	schemas.Red: "Red I 特别重大", schemas.Orange: "Orange II 重大", schemas.Yellow: "Yellow III 较大", schemas.Blue: "Blue IV 一般",
}

func typeName(t schemas.ComplaintType) string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return string(t)
}

// functions are those of the template; times are shown in zone.
func functions(zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"clock": func(t time.Time) string { return t.In(zone).Format("Mon 2 Jan 2006 15:04") },
		"brief": func(t time.Time) string { return t.In(zone).Format("2 Jan 15:04") },
		"date":  func(t time.Time) string { return t.In(zone).Format("2 Jan 2006") },
		"num":   number, "counted": counted, "short": short, "percent": percent, "lasting": lasting, "usual": usualNumber, "times": times,
		"type":  func(s string) string { return typeName(schemas.ComplaintType(s)) },
		"level": func(l schemas.Level) string { return levelNames[l] },
		"lang":  language,
		"spark": spark, "row": newSparkRow, "signed": signed,
		"f":     func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) },
		"share": func(part, whole int64) float64 { return share(part, whole) },
		"add":   func(a, b float64) float64 { return a + b },
		"mul":   func(a, b float64) float64 { return a * b },
		"float": func(n int) float64 { return float64(n) },
	}
}

// language is that of a text in another script than the page's, for fonts and
// screen readers; "" where it is that of the page.
func language(s string) string {
	lang := ""
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Han, r):
			lang = "zh"
		}
	}
	return lang
}

// counted is a number with what it counts, one or many.
func counted(n int64, things string) string { return number(n) + " " + singular(n, things) }

// singular makes one of things if n is one.
func singular(n int64, things string) string {
	if n != 1 {
		return things
	}
	for _, plural := range []string{"mentions", "posts", "complaints", "authors"} {
		things = strings.Replace(things, plural, plural[:len(plural)-1], 1)
	}
	return things
}

// number groups thousands.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short is a number of at most four letters.
func short(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1_000_000_000, "G"}, {1_000_000, "M"}, {1_000, "k"}} {
		if n >= unit.size {
			x := float64(n) / float64(unit.size)
			if x < 10 && n%unit.size != 0 {
				return strconv.FormatFloat(x, 'f', 1, 64) + unit.name
			}
			return strconv.FormatFloat(x, 'f', 0, 64) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}

func percent(x float64) string {
	if x > 0 && x < .1 {
		return strconv.FormatFloat(100*x, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(100*x, 'f', 0, 64) + "%"
}

// usualNumber shows what would be usual, which is often a fraction.
func usualNumber(x float64) string {
	switch {
	case x >= 10 || x == 0:
		return number(int64(math.Round(x)))
	case x < .1:
		return strconv.FormatFloat(x, 'g', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// times says how often the usual n is; "new" where nothing is usual.
func times(n int64, usual float64) string {
	switch {
	case n == 0:
		return "–"
	case usual == 0:
		return "new"
	}
	ratio := float64(n) / usual
	if ratio >= 10 {
		return "×" + number(int64(math.Round(ratio)))
	}
	return "×" + strconv.FormatFloat(ratio, 'f', 1, 64)
}

// lasting is a length of time in hours, for people.
func lasting(hours float64) string {
	hours = math.Abs(hours)
	minutes := int(math.Round(hours * 60))
	switch {
	case minutes == 0 && hours > 0:
		return "under a minute"
	case minutes%60 == 0 && hours < 10:
		return fmt.Sprintf("%d h", minutes/60)
	case minutes < 90:
		return fmt.Sprintf("%d min", minutes)
	case hours < 10:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	case hours < 72:
		return fmt.Sprintf("%.0f h", hours)
	}
	return fmt.Sprintf("%.1f days", hours/24)
}
