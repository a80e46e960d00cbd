// Package records keeps the server's small tables: names, keys, bans, settings and the like.
//
// A [Store] outlasts the process; package journal has the one that is used. It holds [Record]s,
// each under a table and a key, in two [Partition]s: what the server must not lose, and what
// anybody may write.
//
// A [Table] has the records of one kind in memory, and writes what changes. It says how a value that
// comes from outside is made fit for use, and what follows when another node writes one, when two
// keys turn out to be one person's, and when a person asks for all that is stored of it. All
// tables are in a [Registry], which goes over them: so a new table is one value, registered once.
//
// Nothing here has a lock. A table is guarded by its owner's.
package records
