// Package docs checks that the documents are true: that their queries run on
// the real tables, that their links lead somewhere and that both READMEs show
// the same. It has tests only.
package docs
