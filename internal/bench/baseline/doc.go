// Package baseline has servers that do nothing but write each line they read to every client: no
// names, no commands, no history, no announcements. Their cost is the least that any chat server
// with the same transport must pay; the rest of a server's cost is its own. chatbench calls them
// floors.
//
// There are four, by what they are built on:
//
//   - [TCP]: plain TCP, with a writer goroutine for each client.
//   - [SharedWriter]: plain TCP, with one goroutine that writes to all clients without blocking.
//   - [SSH]: golang.org/x/crypto/ssh and nothing above it.
//   - [Gliderlabs]: github.com/gliderlabs/ssh, for servers that are built on it or on one of its forks.
//
// Real servers add something to each line: a name, an address, over SSH an input row that is
// redrawn. [Options] makes a baseline send as many bytes, so that a comparison charges for work
// and not for volume.
//
// # The path of a line
//
// A client's reader splits lines and passes them to the hub. Under one lock, so that everybody
// receives the same order, the hub appends the line, the same bytes for all, to each client's
// queue. Each client's writer takes everything in its queue, joins it in a buffer that it keeps,
// and writes once. There is no timer: a line never waits for others, but those that arrive during
// a write leave together. SharedWriter has one queue for all clients instead, and writes its
// contents to everyone before it looks again. It is so fast that it yields to the readers before
// each round: otherwise it would often write a single line while the next ones are about to
// arrive.
//
// Over SSH a new client is shown an empty input row, so that it knows it has joined. Over plain
// TCP nothing greets it; its own first line, coming back, tells.
//
// # Slow clients
//
// Nobody waits for anybody. A client with more than 4 MiB in its queue, or that does not take a
// write within 10 s, is disconnected.
//
// # Goroutines
//
// Over TCP a client has two, a reader and a writer; with SharedWriter only the reader, and a
// second one while it lags behind. Over SSH there is one more, which answers requests, besides
// the library's. All of them end with their connection, all connections end with the listener,
// and each function returns only after that.
package baseline
