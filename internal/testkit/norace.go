//go:build !race

package testkit

// Race reports whether the tests are built with the race detector, which takes time and memory of
// its own.
const Race = false
