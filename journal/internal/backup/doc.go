// Package backup writes everything that a journal has stored into one file, reads such files,
// and restores a store from them.
//
// A backup is JSON lines, compressed by gzip: a [Header], a [Line] for each message, and a last
// line with their number. [Read] rejects a backup that is incomplete, of an unknown version, or
// larger than the limits, so that a small file cannot fill a disk. Messages of an older version
// get their present streams and subjects as they are read.
//
// [Write] backs up a store in use, and [Offline] one that nobody has open. [Restore] creates a
// folder, which appears complete or not at all, or the streams of NATS servers, which have a
// version that no program opens until everything is there, see [RemoteRestore]. [Salvage] makes
// a backup of what is readable in a damaged folder. It works without the engine, which would cut
// off damaged files. To find out which messages count it uses the same code as any reader of a
// bucket; which ones were removed it takes from the engine's notes in and beside the blocks.
package backup
