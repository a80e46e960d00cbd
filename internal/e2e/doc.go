// Package e2e plays what users do: real clients against the real program.
//
// Each test is a story. It starts a server of its own with startServer, connects people with the
// clients that they have (ssh in a tmux window, ssh in a pipe, nc, the menu client), and checks what
// they see. The comment above a story says what it protects. What no real client would do, such as
// never to read, a bare SSH client does inside the test.
//
// Stories never pause: they wait, with eventually, until something can be seen. To check that
// somebody did not see something, they wait until that person sees a later line.
//
// The files are named after what their stories are about. Those of several nodes begin with nodes_,
// those of hostile clients with attack_ and stress_, those that run the commands of documents with
// page_.
//
// # Several nodes
//
// startCluster starts three nodes and three NATS servers, each a process with an address of its own.
// Every connection between a node and a NATS server, and between two NATS servers, passes a proxy
// that can cut it. Nodes reach each other through the NATS servers only.
//
// # Long stories
//
// Stories that need many processes or much time are left to the soak, SOAK=1; see internal/testkit.
//
// A TestStress… attacks a server with default limits for a moment, or for two seconds in the soak,
// and reports what that costs the server and an ordinary user beside it. With TEAHOUSE_SIEGE=1h each
// attack lasts an hour, one after the other, so that the figures are those of one attack:
//
//	TEAHOUSE_SIEGE=1h go test -v -timeout 24h -run TestStress ./internal/e2e
//
// TestChaos makes the machines, networks, disks and clocks of three nodes fail at random, several at
// once, while people say 30 lines a second, ban, appoint operators, and send private messages to
// people who are offline. Then it checks that all nodes have the same, and everything that was
// acknowledged exactly once, before and after a restart; ledger says what counts as acknowledged.
// In the soak it runs for a minute, always with the same faults. To run it for longer:
//
//	TEAHOUSE_CHAOS=10m go test -count=1 -v -timeout 1h -run TestChaos ./internal/e2e
//
// It reports its seed, which faults there were and when, and how many lines were said. With
// TEAHOUSE_CHAOS_SEED the same faults come at the same times; what follows from them is a matter of
// milliseconds, and may differ. As root, it has disks that can be full or return input/output errors;
// otherwise it forbids a server to write. It needs Linux and, for wrong clocks, amd64.
//
// # Missing programs
//
// A story whose client is not installed is skipped, or fails if CI=true.
package e2e
