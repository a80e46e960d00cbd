// Package integrity finds missing and broken data in the files in which the journal's engine, an
// embedded NATS server, keeps its streams, and repairs what can be repaired. It works while no
// engine has the files open.
//
// The engine opens a stream whose files are cut short, zeroed or gone with whatever is left, and
// reports nothing; it cuts off a file at the first unreadable part, and a number that is far too
// large keeps it busy for ever. So a [Checker] reads all files before the engine starts, each
// record of each block, and compares them with what was noted:
//
//   - The manifest is written when the engine stops, and removed before it starts again. It
//     contains the size of each block and its number of messages. Nobody changes the files in
//     between, so anything missing is a loss. The engine's state from that time then tells
//     which messages are gone.
//   - The [Watermarks] survive a kill. They contain, for each stream, its last message, the last
//     block, and how much of that block was synced; for buckets also the floor, and the number
//     of entries above it. A watermark may lag, by ten seconds or, for entries, an hour, and is
//     never ahead: it is raised to what was read in the store, after that was synced, and none
//     of these numbers ever decreases. So no kill and no power cut leaves less than a watermark
//     says.
//   - The configurations of the streams are saved, and put back if one is damaged.
//
// After a kill only the watermarks are left. In streams that drop messages on purpose, missing
// messages in the middle cannot be detected then, except by a broken record. A broken record
// after the synced part may be the result of a power cut: that is a warning, and at the end of
// the last block not even that.
//
// Each finding is a [Damage]. Damage to KV_authority or KV_personal is fatal: without its bans,
// operators and names anybody could take over the server, so nothing is changed unless the loss is
// accepted. In other streams, or after that, a damaged block is kept unchanged in the folder
// "damaged", and its readable part takes its place, from which the engine rebuilds its state.
// Messages that no longer counted in the engine's saved state are left out, too: the evidence that
// they do not count may be in the unreadable part.
//
// A [DamagedStream] is what can be read of a stream, for salvage instead of repair.
package integrity
