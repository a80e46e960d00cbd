// Package journal keeps what must outlast the process: what was said, who was
// here with which key, and private messages for people who are away.
//
// # A reader that writes
//
// The journal reads the lobby's log like everybody else, by a [room.Follower],
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
//	ROOM       room.<room>     JSON lines, one an event: who, when, what; no addresses
//	PM         pm.<key>        a private message each, until it is read, for 30 days at most
//	KV_people  $KV.people.<key>  name, when last seen, whether here now
//
// Names of rooms and keys are written in base64url in subjects. ROOM is bounded
// by [room.Memory]: by Lines as the journal writes, by Age and Bytes in the
// engine.
//
// Who wants to be forgotten leaves a tombstone, a Forgot event. Once it is
// stored, the messages which hold something of that key are written anew
// without it, and the old ones are overwritten. If that is interrupted, the next
// [Journal.Restore] does the rest.
//
// # Goroutines
//
// [Journal.Follow] starts one, which writes the room's events and who came and
// went. [Journal.Close] ends it, and the engine's.
package journal
