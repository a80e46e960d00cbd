// Package load puts load on a chat server and checks what comes of it: so many
// clients listen, a few of them speak, and each one looks at every line that
// it hears. [Run] is all there is to call.
//
// # A line
//
// A line is a mark and padding, Qtag,SPEAKER,NUMBER,TIME;xxxx. The mark says
// who spoke, which line of that speaker's it is, and when that was, in
// nanoseconds since the run began; a to z are its digits. Its bytes mean nothing in IRC, in Markdown
// or to a terminal, so that every server passes them on. What servers put
// around a line, and what a terminal's redrawing puts between two, is skipped
// without looking at it. The tag is new in each run: what a server replays of
// an earlier one is not taken for this one's.
//
// # Who is in
//
// Protocols differ in how they tell that one has joined, and some do not tell.
// So once all are connected, the first client repeats a line, the beacon,
// until everybody has heard it. From then on everybody must hear everything.
//
// # How fast
//
// In [Throughput] a speaker may have Window lines unheard. A line counts as
// heard when its witnesses have heard it: the speaker itself, where the
// protocol shows speakers what they said, and the listener that joined last. A
// speaker whose lines get lost would wait for ever, so a window in which
// nothing moves for a second is given up, and counted in [Result.WindowTimeouts].
//
// In [Latency] lines are due at fixed times, whether or not the server keeps
// up, and their latency counts from when they were due: a server that holds
// the speaker up cannot hide it.
//
// [Stall] is Throughput with one more client whose connection takes nothing
// more once all are in. [Churn] is Latency with a tenth as many visitors more,
// who come, stay for a second, and make room for the next. [Commands] is Latency
// beside scripts that connect for one line each.
//
// With Hear the speakers come in at one node of a house and the listeners at
// another. What is counted is the listeners', but for the speakers' own latencies,
// with which theirs can be compared.
//
// # What is checked
//
// Each client knows which line of each speaker comes next, and keeps a hash of
// the order in which it heard them all. After the measured part each speaker
// says one last line; who has heard those has heard everything, and what is
// then missing was lost and is not merely late. The orders of those clients
// are compared that heard everything once, at the same node. A speaker does not count its own
// lines where it cannot tell them: IRC servers do not send them back, and at a
// terminal they show as typed, too. The visitors of Churn and the stalled
// client are not checked.
//
// Clients that only listen send nothing, for minutes perhaps: run servers that
// throw out idle clients without that limit.
//
// # What it costs
//
// The generator has the same cores as the server, so what it spends is missing
// there. Those who read share a few large buffers, which stay in the
// processor's cache; a read costs one look at the clock and one atomic
// addition, a delivery a search for one byte and the parsing of twenty. In
// Throughput every 13th line's latency is recorded, in Latency every line's.
//
// # Goroutines
//
// A run has one reader for each client and one goroutine for each speaker,
// visitor and command, one that samples and reports, and the caller's own, which leads
// through the phases. All have ended when Run returns; what ends them is that
// their connections are closed.
package load
