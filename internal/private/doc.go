// Package private is for private messages: what one person says to another and nobody else reads.
//
// [Send] finds who is meant. If they are online, the message goes into the mailbox of the session
// at which they are most likely to read it, here or at another node, and the sender learns at once
// whether it arrived; see deliver.go. If they are offline and known by a key, it becomes an offline
// message: the hub's [room.MessageStore] keeps it, within the limits in offline.go, until [Waiting]
// is shown to its reader and marked as delivered.
//
// A message that a session took may still not have been seen, because the connection broke. The
// session remembers such messages until its client is heard from again. If it ends before that,
// [RequeueUnseen] makes them offline messages, or hands them to the session that took its place.
//
// Functions that ask another node or the store may wait for a few seconds, and say so.
package private
