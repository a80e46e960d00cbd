// Package journal keeps what must outlast the process: what was said, who was
// here with which key, private messages for people who are away, and the records
// in which the hub keeps names, operators, bans, rooms and settings.
//
// # A reader that writes
//
// The journal reads the rooms' logs like any other reader, by [room.Subscription],
// and stores what it reads in JetStream streams. The room never waits for it:
// while the disk or the server is away, events wait in the room's ring, and are
// stored once it is back. What falls off the ring before that is counted, see
// [Status], and logged.
//
// The engine is a NATS server inside this process, which listens nowhere and
// keeps its files below the data directory, or servers elsewhere, by URL. The code
// is the same for both.
//
// # The parts
//
// A [Journal] has the methods that the hub, the cluster and the program call. Behind them are values,
// each for one kind of data, which share an env:
//
//	writer          stores what happens in the rooms          writer.go, batch.go, index.go
//	history         reads it again                            load.go, tail.go, backfill.go, export.go
//	directMessages  keeps private messages until they are read  directmessage.go
//	people          knows who came with a key                 people.go
//	recordStore     stores records, and reads those of other nodes  recordqueue.go, watcher.go
//	eraser          erases what is to be forgotten            eraser.go, erasure.go
//	streamMonitor   stores again what the streams have lost   monitor.go, stale.go, memorycopy.go
//	progress        counts, and knows why nothing is written  progress.go, inflight.go
//
// What they need of the store is in packages below, none of which knows the ones above it:
//
//	internal/backup     writes, restores and salvages backups
//	internal/store      the engine and its streams: publish, scan, compact, migrate
//	internal/integrity  finds what is missing or broken in the files, and mends it
//	internal/blockfile  reads the files in which NATS keeps a stream
//	internal/layout     knows how streams, subjects and files are called, and what is in them
//
// # What an acknowledgement promises
//
// The writer lets events gather for 0.1 s, takes what there is, makes one message
// of it, and waits until the engine has acknowledged it before it takes more: under
// load a message holds many events, and the cost of each is small. What was
// acknowledged is in the engine's files and survives the death of the process.
// A power cut may take the last second with it, unless [Config].Sync is set.
//
// After an error the same message is sent again until it is acknowledged. It
// may be stored twice then; every event carries an identity (node, epoch,
// sequence number), and readers drop the repeats.
//
// [Journal.Write] is for records. It notes the record, and returns. Of each record the latest value is
// stored, at once, and again until it is; what was acknowledged is as safe as what is said.
// Whoever has to answer for it waits by [Journal.WaitStored]. The hub has all records in memory, and reads
// them once, by [Journal.Records].
//
// # How much is kept
//
// What is kept of each room is bounded by [room.HistoryLimits.ForRoom] as the journal writes; the engine,
// too, drops what is older than Age. The streams of records take no more once they are full, see
// [Status]: nothing falls out of them. The limits of the hub keep them from that, each by
// itself. Nothing falls out of the private messages either, whose number the engine counts by their
// subjects.
//
// All of it is of one version, which is noted in the folder, in the metadata of
// each stream, and in backups. [Open] brings what an older teahouse has stored to
// the version of now, which the older one refuses to read from then on. It does not where
// nodes run already that share the store: they would go on as before.
//
// # Several nodes
//
// Where the engine is elsewhere several nodes may have the same store, on three servers
// of a cluster. The journal of each stores what happened at its node, which an event's
// Peer tells, and reads what the others stored: lines that are missing, by [Journal.ReadAfter],
// and records, by [Journal.Watch], in the engine's order, so that all end with the
// same records. What a node had said and not stored when it died others store, by [Journal.Backfill],
// as its own: should both do so, they are repeats.
//
// [RestoreBackup] makes the streams there of a backup, which may be of a folder. The metadata of ROOM names that
// folder: that is how [Open] knows whether what a folder has of its own is there, too, and warns
// where it is not.
//
// # What is lost
//
// [Open] checks the files before the engine starts, and the streams after that. Where records are missing it refuses,
// before anything is changed, unless [Config].AcceptLoss is set; without the rest it goes on, and tells
// it, in the log and by [Journal.Damages].
//
// Those who run the NATS servers may delete a stream, or set a disk back, while the nodes run.
// [Journal.MonitorStreams] looks at each stream every 2 s: whether it is the one that was there before,
// and ends where that did, or later. Where it does not, the loss is told, and what is in memory is
// stored again: records, who is known, and the lines that the rooms remember. All nodes do
// so, each with records that count only where the store has no later one, and with lines
// only where it knows all that the store has of the room; so what was decided or said since
// stays, and nothing is there twice. A record that was stored before the loss, and that the hub
// does not have, was deleted. Private messages are in no memory.
//
// A node may have been cut off when that happened, and its memory has what was deleted since. So
// whoever has stored a stream again notes in its metadata when it had seen that last. A node that had seen it
// earlier than that stores nothing, and takes over what is there; and where nobody has stored it
// again yet, waits a moment for those that saw it later.
//
// # What is forgotten
//
// Whoever wants to be forgotten leaves a tombstone, a Forgot event, which hides what is older
// from all readers. Once it is stored, the messages which hold something of that key are
// written anew without it, and the old ones are overwritten: in one pass over the store
// for all who asked by then, while others are written. If that is interrupted, what the
// next [Journal.LoadHistory] finds is erased after it.
//
// # Goroutines
//
// [Open] starts one for each partition, which writes its records: also where nothing of
// the talk is kept. [Journal.Follow] starts another, which writes
// the rooms' events and who came and went, and one that erases. Each has its own outages,
// since streams can fail alone, and all may have the engine revived. Records are sent by up to
// 64 at a time, for whose answers the first waits. [Journal.Watch] starts one for each partition that reads what
// other nodes wrote, and [Journal.MonitorStreams] one that looks after the streams. Two more compact the buckets and
// raise the marks. [Journal.Close] ends them, and the engine's.
//
// # Locks
//
// The hub calls [Journal.Write], [Journal.Account] and [Journal.AccountByName] with its own
// lock held; what they lock is held for a moment. The store's locks are held while the
// server in this process starts again, for seconds perhaps, and are taken under no
// other.
package journal
