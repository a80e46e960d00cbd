// Package inbox is what one session reads: an [Inbox]. It puts together, in the right order, the
// log of the room that the session looks at, the items that are for the session alone, and the
// number of lines that were said in its other rooms.
//
// Two goroutines of a door use it. The reader goroutine, which takes what the client types, switches
// rooms ([Inbox.Open]). The writer goroutine sleeps until it is woken, takes what there is
// ([Inbox.Take]) and writes it. Everybody else posts ([Inbox.Post]): nobody ever waits for a reader.
package inbox
