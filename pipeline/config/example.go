package config

import _ "embed"

// Example is a commented fenghuo.yaml that shows every key.
//
//go:embed example.yaml
var Example string
