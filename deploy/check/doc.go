// Package check reads the deployment files with the parsers of the programs
// they are for: strictly, so that an unknown or misspelt field is an error. It
// imports nothing of the project and has tests only. What a cluster would do
// with the files it cannot tell.
package check
