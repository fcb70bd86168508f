// Package text turns raw text into a Doc: normalised runes with offsets back
// into the original, language and tokens. It knows nothing of brands,
// sentiment or Kafka. Its hot path does not allocate once a Doc is warm.
package text
