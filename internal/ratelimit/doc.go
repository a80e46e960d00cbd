// Package ratelimit remembers how fast people, addresses and connections may go on.
//
// The buckets are those of [rate.Limiter]. A [Table] has one for each key, or whatever else is
// remembered of a key, and forgets those of which nothing needs to be remembered: an
// idle entry is one that a new one would equal, as a full bucket does. [IsFull] reports that of a
// bucket. A Table has no lock; whoever has it guards it.
package ratelimit
