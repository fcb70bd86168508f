// Package telemetry lets an operator see a running process: Prometheus metrics,
// /healthz and /readyz. It imports nothing of the project. A part that cannot
// go on reports why; /readyz answers 503 with those reasons until it can.
package telemetry
