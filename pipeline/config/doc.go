// Package config reads fenghuo.yaml: one file, every fault reported at once
// with its line and column, secrets from the environment. It imports schemas
// only, and promises that a Config it returns is complete and consistent.
package config
