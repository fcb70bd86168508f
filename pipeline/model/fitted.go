package model

import _ "embed"

// The fitted models, as `fenghuo train` wrote them. The names of the sets
// they are fitted on are in docs/decisions/0003-text-models.md.
var (
	//go:embed fitted/sentiment.model
	Sentiment []byte
	//go:embed fitted/complaint.model
	Complaint []byte
)
