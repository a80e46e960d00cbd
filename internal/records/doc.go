// Package records keeps the server's small tables: names, keys, bans, settings and the like.
//
// A [Store] outlasts the process; package journal has the implementation. It holds [Record]s, each
// identified by a table and a key, in two [Partition]s: what the server must not lose, and what
// anybody may write.
//
// A [Table] keeps the records of one kind in memory and writes changes to the store. It defines how
// a value from outside is made fit for use, and what happens when another node writes a record,
// when two keys become one person, and when a person asks for everything stored about them. A
// [Registry] holds all tables and performs these operations on all of them, so a new table is one
// value, registered once.
//
// Nothing here has a lock: whoever owns a table guards it.
package records
