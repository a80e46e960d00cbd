// Package e2e does what users do: it runs real clients against the real binary.
//
// Each test is a story. It starts a server of its own with startServer, and lets people in with the
// clients that they have: ssh in a tmux window, ssh in a pipe, nc, the menu client. Then it looks at
// what they see. The comment above a story says whom it protects, and from what. What no real
// client does, such as never reading, is done by a bare SSH client inside the test.
//
// Stories never pause, except to spread kills and load: they wait, with eventually, until something
// can be seen. Where somebody must not have seen something, they wait until that user has read a
// later line. When a story fails, all screens, transcripts and logs are printed.
//
// Most stories wait more than they compute, so many run at a time. Those that wait for ten seconds
// are in zombies_test.go, which makes them start first.
//
// Stories about several nodes start them with startCluster: three teahouses and three NATS servers,
// each a process with an address of its own. The connections between the servers, and between a
// node and its server, go through proxies that the story can cut.
//
// What takes many processes, or takes long, is left to the soak, SOAK=1: see internal/testkit.
//
// Stories called TestStress… attack a server with its default limits for a moment, two seconds in
// the soak, and report what that costs the server and a bystander. With TEAHOUSE_SIEGE=1h they go
// on for an hour, one after the other, so that each has the machine for itself.
//
// TestChaos has machines, network, disks and clocks of three nodes fail at random, several at a
// time. Meanwhile people say 30 lines a second, ban, appoint operators, and write to users who are
// away. Then it checks that all nodes have everything that was acknowledged, once, and the same,
// before and after a restart. What counts as acknowledged is described at ledger. The soak runs it
// for a minute, always with the same faults; otherwise it is
//
//	TEAHOUSE_CHAOS=10m go test -count=1 -v -timeout 1h -run TestChaos ./internal/e2e
//
// It prints its seed, the faults and their times, and the number of lines. TEAHOUSE_CHAOS_SEED
// repeats the faults at the same times; what comes of them is a matter of milliseconds, and may
// differ. Run as root it also has disks that fill up or fail with input/output errors; otherwise a
// server is only kept from writing. It needs Linux, and amd64 for wrong clocks.
//
// Without a client that a story needs, the story is skipped, unless CI=true.
package e2e
