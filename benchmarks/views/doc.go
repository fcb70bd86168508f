// Package views measures every view of package trends over generated mentions:
// how long each takes against its goal, on the embedded engine or on a server
// that is named. It imports store and trends.
//
//	go test ./benchmarks/views -run '^$' -bench Views -benchtime 1x -timeout 5h -views.rows 50000000
package views
