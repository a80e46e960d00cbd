// Package eventlog keeps a conversation: a [Log] of events, in one order for everybody. Its latest
// events are in a ring, which readers read without a lock; what was said is kept longer, in the
// history, which joins and leaves never push messages out of.
//
// Nobody queues events for readers. A [Reader] is a position in the log: it takes everything that
// is past it, at its own pace, and learns how many events it missed if it fell off the ring.
// [Log.Append] costs its caller the same however many readers there are; [Log.Wake] signals those
// that sleep.
package eventlog
