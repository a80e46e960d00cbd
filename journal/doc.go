// Package journal keeps what must outlast the process: messages, the people who came with a key,
// private messages for people who are away, and the records in which the hub keeps names,
// operators, bans, rooms and settings.
//
// # A reader that writes
//
// The journal reads the rooms' logs like any other reader, by [room.Subscription], and stores
// the events in JetStream streams. A room never waits for it: while the disk or the server is
// away, events wait in the room's ring, and are stored once it is back. Events that fall off the
// ring first are counted, see [Status], and logged.
//
// The engine is either a NATS server inside this process, which listens nowhere and keeps its
// files below the data directory, or NATS servers elsewhere, given by URL. The code is the same
// for both.
//
// # The parts
//
// A [Journal] has the methods that the hub, the cluster and the program call. Behind them are
// parts, each for one kind of data, which share an env:
//
//	writer           stores room events                           writer.go, batch.go, index.go
//	history          reads room events back                       load.go, readafter.go, backfill.go, export.go
//	privateMessages  keeps private messages until they are read   privatemessage.go, recipients.go
//	people           knows who came with a key                    people.go
//	recordStore      stores records, and reads other nodes'       recordqueue.go, watcher.go
//	eraser           erases what people want forgotten            eraser.go, erasure.go
//	streamMonitor    stores again what the streams have lost      monitor.go, stale.go, memorycopy.go
//	progress         counts, and knows why writes fail            progress.go, inflight.go
//
// They use these packages, each of which imports only packages below it:
//
//	internal/backup     writes, restores and salvages backups
//	internal/store      the engine and its streams: publish, scan, compact, migrate
//	internal/integrity  finds missing and broken data in the files, and repairs it
//	internal/blockfile  reads the files in which NATS keeps a stream
//	internal/layout     names and formats of streams, subjects and files
//
// # Starting
//
// [Open] returns a Journal, with which a hub is made: it is the hub's [room.Config].Records and, if
// history is kept, its Messages. [Journal.Start] then does the rest, in the order that it takes:
// records first, because they say which rooms exist, and history before anything new is stored.
//
// # What an acknowledgement promises
//
// The writer lets events gather for 0.1 s, makes one message of them, and waits until the engine
// has acknowledged it before it takes more: under load a message holds many events, and each
// costs little. Acknowledged data is in the engine's files and survives the death of the
// process. A power cut may lose the last second, unless [Config].Sync is set.
//
// After an error the writer sends the same message again until it is acknowledged. The message
// may then be stored twice; every event carries an identity (node, epoch, sequence number), and
// readers drop the duplicates.
//
// [Journal.Write] is for records. It queues the record and returns. The latest value of each
// record is stored at once, and retried until the engine acknowledges it; from then on it is as
// safe as an acknowledged message. To wait for that, call [Journal.WaitStored]. The hub keeps
// all records in memory; [Journal.Start] reads them, once.
//
// # How much is kept
//
// The journal trims each room to [room.LimitsForRoom] as it writes; the engine also
// drops messages older than Age. The streams of records reject writes when they are full, see
// [Status], and never drop anything; the hub's own limits keep them from filling up. The stream
// of private messages drops those that have waited for too long, see OfflineAge in internal/private;
// the engine limits their number by subject.
//
// All stored data has one version, which is noted in the folder, in the metadata of each stream,
// and in backups. [Open] upgrades data of an older version to the current one; older programs
// then refuse to read it. It does not upgrade a shared store while older nodes run, because they
// would go on writing in the old format.
//
// # Several nodes
//
// Several nodes may share one store on external NATS servers, normally a cluster of three. The
// journal of each node stores what happened at that node, which an event's Peer tells, and reads
// what the others stored: missed lines, by [Journal.ReadAfter], and records.
// All read the records in the engine's order, so all end with the same ones. If a node dies with
// events that it has not stored, other nodes store them by [Journal.Backfill], under the dead
// node's identity; should several do so, readers drop the duplicates.
//
// [RestoreBackup] can move a folder's backup to the servers. The metadata of ROOM names that
// folder, so that [Open] can tell whether the data in a local folder is on the servers, too, and
// warn if it is not.
//
// # What is lost
//
// [Open] checks the files before the engine starts, and the streams after that. If records are
// missing, it refuses before it changes anything, unless [Config].AcceptLoss is set. If other
// data is missing, it goes on, logs the damage, and reports it by [Journal.Damages].
//
// The operators of NATS servers may delete a stream, or restore an old disk, while the nodes
// run. A goroutine, the streamMonitor, looks at each stream every 2 s: is it still the same stream, and
// does it reach at least as far as before? If not, it logs the loss and stores again what is in
// memory: records, known people, and the lines that the rooms remember. All nodes do this. A
// record is written only where the store has no later one, and lines only by a node that has
// seen all that the store has of the room; so newer decisions and messages stay, and nothing is
// stored twice. A record that the store has from before the loss and the hub lacks was deleted,
// so it is deleted again. Private messages cannot be restored, because they are not in memory.
//
// A node may have been cut off at the time of the loss, and still remember data that was deleted
// since. So the node that restores a stream notes in its metadata when it had last seen the
// stream intact. A node that saw it earlier than that stores nothing, and takes over what is
// there. If nobody has restored the stream yet, such a node waits a moment for nodes that saw it
// later.
//
// # What is forgotten
//
// When somebody asks to be forgotten, a Forgot event, the tombstone, hides all older events of
// their key from all readers. Once the tombstone is stored, the eraser rewrites the messages
// that contain such events without them, and overwrites the originals: one pass over the store
// for everybody who asked by then, while the writer goes on. If a pass is interrupted, the next
// [Journal.Start] finds the rest and has it erased.
//
// # Goroutines
//
// [Open] starts one goroutine for each partition, which writes its records. [Journal.Start] starts,
// if history is kept, the writer, which stores room events and known people, and the eraser. Each
// has its own outages, since streams can fail alone, and each may restart the engine. A goroutine
// sends up to 64 records before it waits for their acknowledgements. [Journal.Start] also starts
// one goroutine for each partition that reads what other nodes wrote, if there can be any, and one
// that watches the streams. Two more compact the buckets and raise the watermarks. [Journal.Close]
// ends all of them, and the engine.
//
// What the hub and the cluster wait for ends with the context that they pass, after a timeout that
// each method has, and when [Journal.Close] gives up.
//
// # Locks
//
// The hub calls [Journal.Write], [Journal.Account] and [Journal.AccountByName] while it holds
// its own lock; the locks that they take are only ever held for a moment. The store's locks may
// be held for seconds while the embedded server restarts, and are never taken while another lock
// is held.
package journal
