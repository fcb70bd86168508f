// Package deploy checks that the deployment files agree with the program: that
// their configs load and that the metrics in the Prometheus rules exist. It
// has tests only; deploy/check reads the files with the parsers of those they
// are for.
package deploy
