// Package records keeps the server's small tables: names, keys, bans, settings and the like.
//
// A [Store] outlasts the process; the package journal has the one that is used. It holds
// [Record]s, each under a table and a key, in two [Partition]s: what the server must not lose, and
// what anybody may write.
package records
