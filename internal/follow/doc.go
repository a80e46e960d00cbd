// Package follow lets a client read what happens in a room, line by line, and resume later where it
// stopped: ssh HOST follow, and the bots that are programs around that command.
//
// [Start] turns a one-shot session into one that follows its room: the door reads it by
// [room.Session.Wait] and [room.Session.Take], as it reads any other, but others do not see it come
// or leave. Start also returns what was said since the moment that the client gave, and warns of
// what is missing.
//
// # Read markers
//
// How far somebody has followed a room is stored as a record for each person and room, the
// [accounts.ReadMarker]: the time of the last line that the client is known to have received. The
// door finds out what the client has, and calls [Ack]; the marker is written within a second, and at
// the latest by [Stop]. So no line is missed, and a line that the client got without confirming it
// is sent again.
//
// # Commands of bots
//
// The hub does not run the commands that a bot registers: it puts what somebody typed into the
// mailbox of the bot's latest session that follows the room; see [HandCommand]. The command stays
// pending until Ack says that the bot's client has it. If the session ends before that, Stop tells
// the asker, and no other session gets the command.
//
// A command from another node comes through [ReceiveCommand]. All functions lock the hub, except
// HandCommand, which is called with it locked.
package follow
