// Package baseline has servers that do nothing but write each line they read to
// every client: no names, no commands, no history, nobody announced. What one
// of them costs is the least that any chat server on the same ground must pay,
// and the rest of a server's cost is its own.
//
// There are four, by what they stand on:
//
//   - [TCP]: plain TCP, a writer goroutine for each client.
//   - [SharedWriter]: plain TCP, one goroutine that writes to all clients without
//     blocking.
//   - [SSH]: golang.org/x/crypto/ssh and nothing above it.
//   - [Gliderlabs]: github.com/gliderlabs/ssh, for servers that are built on
//     it or on one of its forks.
//
// A floor is compared with a server that adds something to each line: a name,
// an address, on SSH an input row that is drawn again. [Options] has the floor
// send as many bytes, so that the comparison charges for work and not for
// volume.
//
// # A line's way
//
// A client's reader cuts lines and gives them to the hub. Under one lock, so
// that everybody hears one and the same order, the hub puts the line, the same
// bytes for all, into each client's queue. Each client's writer takes all that
// is queued, joins it in a buffer that it keeps, and writes once. There is no
// timer: a line never waits for others, but those that came while a write was
// under way leave together. SharedWriter has one queue for all instead, and writes
// what is in it to everyone before it looks again. It is so quick that it lets
// the readers go first once before each sweep: otherwise it would often sweep
// with one line while the next are about to be said.
//
// On SSH who comes in is shown an empty input row, to know that it is in. On
// plain TCP nobody is greeted; there one's own line, back again, tells.
//
// # Slow clients
//
// Nobody waits for anybody. A client with more than 4 MiB queued, or that does
// not take a write within 10 s, is cut off.
//
// # Goroutines
//
// On TCP a client has two, a reader and a writer; under SharedWriter only the
// reader, and a second one while it lags behind. On SSH there is one more, that
// answers requests, beside those of the library. All of them end with their
// connection, all connections end with the listener, and each function returns
// only after that.
package baseline
