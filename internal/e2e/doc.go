// Package e2e plays what users do: real clients against the real binary.
//
// Each test is a story. It starts a teahouse of its own with start, lets people
// in with the clients that they have (ssh in a tmux window, ssh in a pipe, nc,
// the menu client), and looks at what they see. What a story protects stands
// above it. What no real client would do, such as not to read, a bare SSH
// client does inside the test.
//
// The stories never pause: they wait, with eventually, until something is to be
// seen. Where somebody must not have seen something, they have it wait for a
// later line first.
//
// Stories of a house that is several nodes start them with startCluster: three
// teahouses and three NATS servers, each a process and at an address of its own, with
// a cable between each two of them that can be pulled out, but for the teahouses, which know one another
// by the servers only.
//
// What takes many processes, or long, is for the soak, SOAK=1, see internal/testkit.
//
// A story called TestStress… attacks a house at its defaults for some moments, in the soak for two
// seconds, and tells what that costs the house and somebody ordinary beside it. With
// TEAHOUSE_SIEGE=1h it goes on for an hour, and one follows the other, so that the figures are those of one.
//
// TestChaos has machines, network, disks and clocks of such a house fail at random, several at a
// time, while people say 30 lines a second, ban, make operators and write to who is away; and then looks
// whether all nodes have what was acknowledged, once, and the same, before and after a restart. What
// counts as acknowledged stands at ledger. The soak plays it for a minute, always with the same going wrong, and otherwise it is
//
//	TEAHOUSE_CHAOS=10m go test -count=1 -v -timeout 1h -run TestChaos ./internal/e2e
//
// It tells its seed, what went wrong when, and how many lines there were. TEAHOUSE_CHAOS_SEED has the same
// go wrong again, at the same times; what comes of that is a matter of milliseconds, and need not be the
// same. As root it has disks that can be full, or fail with input/output errors; else the
// system is told to let a server write nothing. It needs Linux, and for wrong clocks amd64.
//
// A client that is not installed skips its stories, unless CI=true.
package e2e
