// Package load puts load on a chat server and checks the result: many clients listen, a few of
// them speak, and each one checks every line that it receives. [Run] is the only entry point.
//
// # Lines
//
// A line consists of a mark and padding: Qtag,SPEAKER,NUMBER,TIME;xxxx. The mark says who sent
// the line, its number among that speaker's lines, and when it was sent, in nanoseconds since the
// run began. The letters a to z are the digits. None of these bytes has a meaning in IRC, in
// Markdown or to a terminal, so that every server passes them on. Whatever servers put around a
// line, and whatever a terminal's redrawing puts between lines, is skipped unseen. Each run has a
// new tag, so that lines of an earlier run, which a server may replay, are not counted.
//
// # Joining
//
// Protocols announce a join in different ways, and some not at all. So once all clients are
// connected, the first one repeats a special line, the beacon, until everybody has received it.
// From then on everybody must receive everything.
//
// # Speaking
//
// In [Throughput], a speaker may have Window lines in flight. A line has arrived when its witnesses
// have received it: the speaker itself, if the protocol echoes lines, and the listener that joined
// last. A speaker whose lines are lost would wait for ever, so it gives up a window in which
// nothing happens for a second, and counts that in [Result.WindowTimeouts].
//
// In [Latency], lines are due at fixed times whether or not the server keeps up, and their
// latency counts from when they were due: a server that blocks the speaker cannot hide that.
//
// [Stall] is Throughput with one more client, whose connection stops reading once everybody has
// joined. [Churn] is Latency with additional visitors, a tenth as many as there are listeners,
// who join, stay for a second, and leave. [Commands] is Latency beside scripts that connect for
// one line each.
//
// With a ListenTarget, the speakers connect to one node of a server and the listeners to another.
// The counts are the listeners'; only SpeakerLatency is the speakers' own, for comparison.
//
// # Checking
//
// Each client knows the next line of each speaker, and hashes the order in which it received all
// lines. After the measurement each speaker sends one last line. A client that has received those
// has received everything, so what is missing then was lost and is not merely late. The orders of
// all clients at the same node that received every line once are compared. A speaker ignores its
// own lines if it cannot recognize them: IRC servers do not echo them, and on a terminal they
// also appear as typed. Visitors and the stalled client are not checked.
//
// Clients that only listen send nothing, perhaps for minutes, so the server must not disconnect
// idle clients.
//
// # Overhead
//
// The generator shares the CPU cores with the server, so whatever it spends is missing there.
// Readers share a few large buffers, which stay in the CPU's cache. A read costs one look at the
// clock and one atomic addition; a delivery costs a search for one byte and parsing twenty.
// Throughput records the latency of every 13th line, Latency that of every line.
//
// # Goroutines
//
// A run has one reader for each client; one goroutine for each speaker, visitor and command; one
// that samples and reports; and the caller's own, which leads through the phases. Closing the
// connections ends them, and all have ended when Run returns.
package load
