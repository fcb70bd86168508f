package detect

import (
	"fmt"
	"slices"

	"fenghuo/schemas"
)

const (
	// commonRise is the rise of the middle brand from which a move is a common
	// one: the window holds twice what is usual.
	commonRise = 2

	// calmRise is what others rise at most beside a move of a brand's own, and
	// elsewhere while a channel lifts them. Between the two nothing is said.
	calmRise = 1.5

	// enoughBrands is how many others have to be known on a channel, or at all,
	// before something is said of everyone.
	enoughBrands = 3
)

// peersOf are the figures of the competitors, by name.
func peersOf(rivals []string, moves []movement) (list []schemas.PeerEvidence) {
	for _, m := range moves {
		if slices.Contains(rivals, m.brand) {
			list = append(list, schemas.PeerEvidence{Brand: m.brand, Observed: m.observed, Expected: m.expected})
		}
	}
	return list
}

// commonMove says whether a brand moved alone, with its channel, with its
// competitors, or with everyone. Its zero value is that nothing clear is known
// of others.
func commonMove(brand, channel string, rivals []string, moves []movement) schemas.MoveEvidence {
	var with, all, there, elsewhere []float64
	for _, m := range moves {
		if m.brand == brand {
			continue
		}
		if m.expected > 0 {
			all = append(all, rise(m.observed, m.expected))
			if slices.Contains(rivals, m.brand) {
				with = append(with, rise(m.observed, m.expected))
			}
		}
		if channel != "" && m.usualThere > 0 {
			there = append(there, rise(m.there, m.usualThere))
			elsewhere = append(elsewhere, rise(m.observed-m.there, m.expected-m.usualThere))
		}
	}
	switch {
	case len(there) >= enoughBrands && middle(there) >= commonRise && middle(elsewhere) < calmRise:
		return schemas.MoveEvidence{Kind: schemas.PlatformMove, Channel: channel, Rise: middle(there), Brands: int64(len(there))}
	case len(all) >= enoughBrands && len(all) > len(with) && middle(all) >= commonRise:
		return schemas.MoveEvidence{Kind: schemas.GeneralMove, Rise: middle(all), Brands: int64(len(all))}
	case len(with) > 0 && middle(with) >= commonRise:
		return schemas.MoveEvidence{Kind: schemas.IndustryMove, Rise: middle(with), Brands: int64(len(with))}
	case len(with) > 0 && middle(with) < calmRise:
		return schemas.MoveEvidence{Kind: schemas.OwnMove, Rise: middle(with), Brands: int64(len(with))}
	case len(with) == 0 && len(all) >= enoughBrands && middle(all) < calmRise:
		return schemas.MoveEvidence{Kind: schemas.OwnMove, Rise: middle(all), Brands: int64(len(all))}
	}
	return schemas.MoveEvidence{}
}

// rise is observed over expected, steadied by one mention.
func rise(observed, expected float64) float64 { return (observed + 1) / (expected + 1) }

// middle is the median, of an even number the lower.
func middle(rises []float64) float64 {
	slices.Sort(rises)
	return rises[(len(rises)-1)/2]
}

// noteOf is what a move adds to an alert's note.
func noteOf(m schemas.MoveEvidence) string {
	who := "competitors have"
	if m.Brands == 1 {
		who = "its competitor has"
	}
	switch m.Kind {
	case schemas.PlatformMove:
		return fmt.Sprintf("; a common move of channel %s: %d other brands have %.1f times their usual there", m.Channel, m.Brands, m.Rise)
	case schemas.GeneralMove:
		return fmt.Sprintf("; a common move: %d other brands have %.1f times their usual", m.Brands, m.Rise)
	case schemas.IndustryMove:
		return fmt.Sprintf("; a common move: %s %.1f times the usual", who, m.Rise)
	case schemas.OwnMove:
		if m.Brands > 1 {
			who = fmt.Sprintf("%d others have", m.Brands)
		}
		return fmt.Sprintf("; a move of its own: %s %.1f times the usual", who, m.Rise)
	}
	return ""
}
