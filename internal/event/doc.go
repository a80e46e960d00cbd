// Package event is what happens in a room, and what a session reads. An [Event] is an entry in a
// room's log, or a private message: somebody came, said something, got another name. A [Reply] is
// what the server says to one session alone. Each of them is an [Item]. Nobody changes an Item once
// it exists, so what many read is shared, not copied.
//
// How an event looks depends on its reader: a [Format]. [Event.RenderAs] renders it once for each
// Format and keeps the bytes for a few seconds in the hub's [RenderCache], for all who read it
// meanwhile.
//
// Events also come from outside the process: from the store and from other nodes. sanitize.go
// makes them fit to be shown; nothing behind that checks again.
package event
