// Package roster finds online users: by name, by what a name looks like, by person, by address, by
// the beginning of a name. A [Roster] is a value without a lock; package room guards it with the
// hub's lock.
package roster
