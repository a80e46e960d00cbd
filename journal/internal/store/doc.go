// Package store is the journal's engine: a NATS server with JetStream, in this process or
// elsewhere, and the journal's streams there, which package layout describes. It publishes,
// scans, counts and compacts; what the messages mean only the journal knows.
//
// [Open] starts the embedded server, after package integrity has checked its files, or connects
// to NATS servers. [Store.Prepare] checks that nothing is missing, creates missing streams, and
// upgrades old ones. From then on the journal publishes and scans, and keeps
// [Store.RunCompaction] and [Store.RunWatermarks] running until it closes.
//
// # Failures
//
// After a failed write, [Store.Revive] does what may help. With a cluster,
// [Store.RetryWithTimeout] retries errors that pass, such as an election; a scan continues after
// the last message that it has read. [Store.Explain] gives the reason where the NATS client's
// error is too vague.
//
// # Buckets
//
// The records and the known people are in buckets: streams with one message for each subject.
// The engine does not remember reliably which message that is. A message that is replaced leaves
// no trace of that: it stays in its file, dead only because the later one exists. Once the later
// one is purged or expires, the older one comes back to life after a kill -9, when the engine
// rebuilds its state from the files. So an entry is never purged: an empty message, the marker,
// replaces it, and counts because it is the latest.
//
// Markers must not accumulate for ever, nor may they go while a file may still hold what they
// cover. Which files hold what is the engine's own business, so a [Bucket] does not reason about
// it. Instead, compaction sets a floor. It rewrites the entries to keep at the end of the
// stream; then it stores one more message, which says that nothing before the first of these
// counts; then it drops everything before that, which no longer matters to any reader. A kill in
// between leaves either the old floor with all markers above it, or the new one with all entries
// above it. An entry is rewritten only if no later one is stored, so the journal can go on
// writing meanwhile, and another node may compact, too. If nodes share the store, the floor
// stays below everything younger than a day, so that all nodes see it. The files are synced
// before anything is dropped, so that a power cut cannot take the copies, too.
//
// # Several nodes
//
// NATS servers elsewhere keep the widest limits that any node has had, which are in the metadata
// of ROOM and KV_authority, until [Trim]. While nodes run that only know an older version, nothing
// is changed.
//
// # Older versions
//
// Before version 5 of the stored data, the records were in streams of other names, and the engine
// cannot rename a stream. [Store.Prepare] copies them, and a kill at any time loses nothing: see
// migration.go. Before version 6, some tables had other names: see tablenames.go.
//
// # Locks
//
// The engine's locks may be held for seconds while the embedded server restarts, and are never
// taken while another lock is held. The order is reviving, then mu.
package store
