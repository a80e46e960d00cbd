// Package store is the journal's engine: a NATS server with JetStream, in this process or elsewhere, and
// the streams that the journal has there, as package layout describes them. It knows how to write,
// read and count in them; what that means only the journal knows.
//
// [Open] starts the server, after a check of its files by package integrity, or connects to one.
// [Store.Prepare] checks that all is there that was, makes what is missing, and brings it to the
// version of now. From then on the journal publishes, scans, and has [Store.RunCompaction] and
// [Store.RunWatermarks] run until it closes.
//
// # What goes wrong
//
// After a write has failed, [Store.Revive] does what may help. Of a cluster [Store.RetryWithTimeout] waits
// for what passes, such as an election; a scan goes on after the last message that it has
// read. [Store.Explain] says what the matter is where the client has only words of its own.
//
// # Buckets
//
// The book and people are buckets: streams with one message a subject. Which one that
// is the engine does not remember for good. A message that gives way to a later one leaves
// nothing that says so: it stays in its file, dead only because the later one is there.
// Once that is purged, or its own time is up, the older one is alive again after a kill -9,
// when the engine rebuilds its state from the files. So a row is not purged: a marker, an
// empty message, takes its place, and counts because it is the latest.
//
// Markers must not stay for ever, nor go while what they cover may be in a file. What
// the engine keeps in which file is its own business, so the [Bucket] does not reason about
// that. It is compacted by a floor: rows that are to stay are written anew, at the end;
// then one more message says that nothing before the first of these counts; then all
// before it is dropped, which no longer matters to anybody who reads. A kill in between
// leaves either the old floor with all markers above it, or the new one with all rows above
// it. Rows are written anew only where no later one is stored, so the journal goes on
// writing meanwhile, and another node may compact, too. Where the nodes share the store
// the floor stays below all that is younger than a day, from which they learn. Before
// anything is dropped the files are synced, so that a power cut does not take the copies, too.
//
// # Several nodes
//
// Streams elsewhere are kept within the widest limits that a node had, which the metadata of ROOM and
// KV_book have, until [Trim]. Where nodes run that know only an older version nothing is changed.
//
// # Locks
//
// They are held while the server in this process starts again, for seconds perhaps, and are taken under no
// other: reviving, then mu.
package store
