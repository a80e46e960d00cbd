// Package ratelimit keeps the rate limits of people, addresses and connections.
//
// The token buckets are those of [rate.Limiter]. A [Table] holds one for each key, or any other
// value, and forgets idle entries. An entry is idle if a new one would equal it, as is true of a
// full bucket; see [IsFull]. A Table has no lock: whoever owns it guards it. A [Budget] limits
// work instead of events.
package ratelimit
