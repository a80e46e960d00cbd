// Package testkit holds what the tests of several packages share. Only tests import it.
//
// # Two sizes
//
// go test ./... runs a short form of every kind of test. What takes longer, such as hundreds of
// crashes, floods, and clusters whose servers die, is the soak: without SOAK=1, which .ci/run sets,
// [Soak] skips a test, and [Amount] makes less of it.
//
// # Waiting
//
// A test waits for what should happen with a barrier or a fake clock (testing/synctest). If neither
// is possible, [Eventually] polls. Tests that wait are parallel, and [AtOnce] has more of them run
// than there are cores.
package testkit
