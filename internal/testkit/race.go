//go:build race

package testkit

// Race reports whether the tests were built with the race detector, which needs additional time
// and memory.
const Race = true
