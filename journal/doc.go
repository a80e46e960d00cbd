// Package journal keeps what must outlast the process: what was said, who was
// here with which key, private messages for people who are away, and the house's
// book.
//
// # A reader that writes
//
// The journal reads the rooms' logs like everybody else, by [room.Subscription],
// and stores what it reads in JetStream streams. The room never waits for it:
// while the disk or the server is away, events wait in the room's ring, and are
// stored once it is back. What falls off the ring before that is counted, see
// [Status], and logged.
//
// The engine is a NATS server inside this process, that listens nowhere and
// keeps its files below the data directory, or one elsewhere, by URL. The code
// is the same for both.
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
// sequence number), and who reads drops the repeats.
//
// # What is stored
//
//	ROOM       room.<room>             JSON lines, one an event: who, when, what; no addresses
//	PM         pm.<to>.<from>          a private message each, until it is read, for 30 days at most
//	KV_people  $KV.people.<key>        name, when last seen, whether here now
//	KV_book    $KV.book.<table>.<key>  a row of the house's book, JSON
//	KV_desk    $KV.desk.<table>.<key>  such a row of what anybody may write, see [records.Partition]
//
// Names of rooms and keys are written in base64url in subjects. What is kept of each
// room is bounded by [room.HistoryLimits.ForRoom] as the journal writes; the engine, too, drops what
// is older than Age. Where the streams are elsewhere, the widest limits hold that a node had,
// and the metadata of ROOM has them, and those of KV_book for how long names are kept, until [Trim]. KV_book and KV_desk take no more once they are full, see [Status]: nothing
// falls out of them. The limits of room keep them from that, each by itself. Nothing falls
// out of PM either, whose messages the engine counts by their subjects: how many wait from
// one to the other, and for one person. pm.<to> is what older versions stored.
//
// All of it is of one version, which is noted in the folder, in the metadata of
// each stream, and in backups. [Open] brings what an older teahouse has stored to
// the version of now, which the older one refuses to read from then on. It does not where
// nodes run already that share the store: they would go on as before. The folder notes,
// too, whether the streams are elsewhere, for [BackupOffline], which changes nothing.
//
// # Several nodes
//
// Where the engine is elsewhere several houses may have the same store, on three servers
// of a cluster. The journal of each stores what happened in its house, which an event's
// From tells, and reads what the others stored: lines that are missing, by [Journal.ReadAfter],
// and rows of the book, by [Journal.Watch], in the engine's order, so that all end with the
// same book. What a node had said and not stored when it died others store, by [Journal.Backfill],
// as its own: should both do so, they are repeats.
//
// [RestoreBackup] makes the streams there of a backup, which may be of a folder. Until all is in them
// they are of a version that no teahouse opens. The metadata of ROOM names the folder: that is
// how [Open] knows whether what a folder has of its own is there, too, and warns where it is not.
//
// # The book
//
// [Journal.Write] is for what the house decides, such as who is banned: it notes
// the row, and returns. Of each row the latest value is stored, at once, and again
// until it is; what was acknowledged is as safe as what is said. Who is to be answered
// waits for that by [Journal.WaitStored]. The house has its
// book in memory, and reads it once, by [Journal.Records].
//
// # What is struck out
//
// The book and people are buckets: streams with one message a subject. Which one that
// is the engine does not remember for good. A message that gives way to a later one leaves
// nothing that says so: it stays in its file, dead only because the later one is there.
// Once that is purged, or its own time is up, the older one is alive again after a kill -9,
// when the engine rebuilds its state from the files. So a row is not purged: a marker, an
// empty message, takes its place, and counts because it is the latest.
//
// Markers must not stay for ever, nor go while what they cover may be in a file. What
// the engine keeps in which file is its own business, so the bucket does not reason about
// that. It is compacted by a floor: rows that are to stay are written anew, at the end;
// then one more message says that nothing before the first of these counts; then all
// before it is dropped, which no longer matters to anybody who reads. A kill in between
// leaves either the old floor with all markers above it, or the new one with all rows above
// it. Rows are written anew only where no later one is stored, so the house goes on
// writing meanwhile, and another node may compact, too. Where the nodes share the store
// the floor stays below all that is younger than a day, from which they learn. Before
// anything is dropped the files are synced, so that a power cut does not take the copies, too.
//
// # What must still be there
//
// The engine opens a stream whose files are cut short, zeroed or gone with what is left, and
// says nothing; of a file in which something cannot be read it cuts off the rest, and a number
// that is far too large keeps it busy for ever. So [Open] reads all files before the server in
// this process starts, each record of each block, and compares them with what was noted:
//
//   - The seal is made as the engine stops, and goes before it starts again. It has the
//     size of each block, and how many messages are in it. Nobody changes the files in
//     between, so whatever is less is a loss. The engine's own note of then tells which
//     messages are gone.
//   - The marks last. They have, of each stream, its last message, the last block, and how
//     much of it was on the disk; of buckets the floor, too, and how many rows there are
//     above it. A mark may be behind, by ten seconds or, of the rows, an hour, and is never
//     ahead: it is raised to what was read in the store, after that was synced, and none of
//     it ever gets less. So no kill and no power cut leaves less than a mark says.
//   - The descriptions of the streams are noted, and put back where one is damaged.
//
// After a kill there are the marks alone. What streams that lose messages on purpose lack in
// their midst cannot be told then, but where a record is broken. One that is broken after what
// a mark says was on the disk may be what a power cut left: that is a warning, and the end of
// the last block not even that.
//
// Where KV_book or KV_desk has less [Open] refuses, before anything is changed, unless
// [Config].AcceptLoss is set. Of the other streams, and then, it keeps a damaged block as it is
// in the folder "damaged", leaves in its place what can be read, has the engine build its state
// anew from that, and tells it: in the log, and by [Journal.Damages]. What the engine had noted to
// count no more it takes out, too: what tells that may be in the part which cannot be read.
//
// [Salvage] reads the blocks themselves, as the engine does not go on where one is damaged. Which
// messages count it asks the same code as any reader of a bucket; which are removed, the engine's
// notes in the blocks and beside them.
//
// # What is gone under a running house
//
// Whoever runs the NATS servers may delete a stream, or set a disk back, while the nodes run.
// [Journal.MonitorStreams] looks at each stream every 2 s: whether it is the one that was there before,
// and ends where that did, or later. Where it does not, the loss is told, and what is in memory is
// stored again: rows of the house, who is known, and the lines that the rooms remember. All nodes do
// so, each with rows that count only where the store has no later one, and with lines
// only where it knows all that the store has of the room; so what was decided or said since
// stays, and nothing is there twice. A row that was stored before the loss, and that the house
// does not have, was struck out. Letters are in no memory.
//
// A node may have been cut off when that happened, and its memory has what was struck out since. So
// who has stored a stream again notes in its metadata when it had seen that last. Who had seen it
// earlier than that stores nothing, and takes over what is there; and where nobody has stored it
// again yet, waits a moment for those who saw it later.
//
// Who wants to be forgotten leaves a tombstone, a Forgot event, which hides what is older
// from all who read. Once it is stored, the messages which hold something of that key are
// written anew without it, and the old ones are overwritten: in one pass over the store
// for all who asked by then, while others are written. If that is interrupted, what the
// next [Journal.LoadHistory] finds is erased after it.
//
// # Goroutines
//
// [Open] starts one for each space, which writes the book: a house that is to remember nothing of
// the talk has a book nevertheless. [Journal.Follow] starts another, which writes
// the room's events and who came and went, and one that erases. Each has its own outages,
// since streams can fail alone, and all may have the engine revived. Rows of the book are sent by up to
// 64 at a time, for whose answers the first waits. [Journal.Watch] starts one that reads what
// other nodes wrote, and [Journal.MonitorStreams] one that looks after the streams. [Journal.Close] ends them, and the engine's.
//
// # Locks
//
// The house calls [Journal.Write], [Journal.Account] and [Journal.AccountByName] with its own
// lock held; what they lock is held for a moment. The engine's locks are held while the
// server in this process starts again, for seconds perhaps, and are taken under no
// other: reviving, then mu.
package journal
