package analyzer

import "fenghuo/schemas"

// spans is the scratch of rating brands apart.
type spans struct{}

// rate gives each brand of a post about several the sentiment of what is said
// of it.
func (a *Analyzer) rate(p *schemas.Post, s *Scratch) {}
