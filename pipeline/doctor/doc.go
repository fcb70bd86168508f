// Package doctor examines an installation: whether the services are there, and
// whether what the tables say agrees with itself. It only reads. It imports
// kafkalog, store and service.
package doctor
