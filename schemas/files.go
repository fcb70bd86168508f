package schemas

import "embed"

// Files holds the JSON Schemas (json/), the AsyncAPI document (asyncapi.yaml)
// and an example of every message (examples/).
//
//go:embed json/*.json examples/*.json asyncapi.yaml
var Files embed.FS
