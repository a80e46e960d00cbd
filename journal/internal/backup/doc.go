// Package backup writes all that a journal has stored into one file, reads it, and makes a store of it
// again.
//
// A backup is JSON lines, compressed by gzip: a [Header], a [Line] for each message, and a last line
// that says how many those were. [Read] is an error for one that is not whole, of a version that this
// teahouse does not know, or larger than there may be, so that a small file does not fill a disk.
//
// [Write] backs up a store in use, and [Offline] one that nobody has open. [Restore] makes a
// folder, which is there whole or not at all, or the streams of NATS servers: until all is in those they
// are of a version that no teahouse opens, see [RemoteRestore]. [Salvage] makes a backup of what can be read of a
// damaged folder, without an engine, which would not go on there. Which messages count it asks the same
// code as any reader of a bucket; which are removed, the engine's notes in the blocks and beside them.
package backup
