// Package ratelimit counts what people, addresses and networks use, and says how long they have to
// wait.
//
// It knows no sessions and no rooms. The room package decides which limit applies to whom. A
// session waits through a [Waiter], which gives up when the session leaves.
//
//   - How fast: a [Bucket] holds the tokens of those who share a rate, one token a line. Most
//     callers ask [TakeBoth] for the tokens of a [Person] and of an [Address] in one step, and wait
//     for at most [MaxWait]; scripted clients [Bucket.Wait] in a queue. [Limits] are the rates that
//     an administrator sets.
//   - How much work: a [Budget] limits the CPU time that a [Household] uses, and the [Meter] of each
//     session charges it. What an operation costs is estimated; see [WorkPerItem] and the constants
//     beside it.
//   - How much of a shared resource: [Quotas] count what each network has taken from a [Quota].
//   - How many at a time: a [Semaphore]. [Meter.Scan] lets one command a household look through
//     growing data, and as many for all as [Scans] has room for.
//
// [Addresses] holds the limits of all addresses. In IPv6, an address is a /64; the Household around
// it is a /56, and the network, whose tokens and budget its addresses share, a /48. In IPv4 they
// are all the same.
//
// A [Table] holds a value for each key, such as a bucket, and forgets idle entries. An entry is idle
// if a new one would equal it, as is true of a full bucket; see [IsFull]. So nobody gains anything
// by coming back later.
//
// Table, Addresses and Quotas have no lock: whoever owns them guards them. Buckets and Budgets are
// shared by sessions and lock themselves. A Bucket stays locked while the next one is asked: first
// that of a person, then that of an address, then that of a network.
package ratelimit
