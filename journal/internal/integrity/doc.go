// Package integrity tells what is missing or broken in the files in which the journal's engine, a NATS
// server in this process, keeps its streams, and mends what can be mended. It works while no engine
// has them open.
//
// The engine opens a stream whose files are cut short, zeroed or gone with what is left, and
// says nothing; of a file in which something cannot be read it cuts off the rest, and a number
// that is far too large keeps it busy for ever. So a [Checker] reads all files before the engine
// starts, each record of each block, and compares them with what was noted:
//
//   - The manifest is written as the engine stops, and goes before it starts again. It has the
//     size of each block, and how many messages are in it. Nobody changes the files in
//     between, so whatever is less is a loss. The engine's own note of then tells which
//     messages are gone.
//   - The [Watermarks] last. They have, of each stream, its last message, the last block, and how
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
// What was found is a [Damage] each. One of KV_book or KV_desk is fatal: without its bans, operators
// and names a server would be anybody's, so nothing is changed then, unless the loss is accepted.
// Of the other streams, and then, a damaged block is kept as it is in the folder "damaged", and what
// can be read is left in its place, for the engine to build its state from. What the engine had noted
// to count no more is taken out, too: what tells that may be in the part which cannot be read.
//
// A [DamagedStream] is what can be read of a stream, for whoever wants to save that, not mend it.
package integrity
