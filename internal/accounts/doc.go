// Package accounts knows who people are and what belongs to them, across sessions and keys.
//
// A person is one or more keys; see [Keys]. The fingerprint of the first key is the person's ID. A
// key that nothing is stored about is a person of its own. People own names; see [Names]. A
// subject is a person or, for somebody without a key, a session.
//
//	linkedkeys.go, linkoffer.go               which keys are one person, and how a key is added
//	names.go, ownedname.go, storednames.go    who owns a name
//	namenotice.go                             what owners are told about their names
//	settings.go                               what a person can set with /set: a new setting is a line there
//	readmarker.go                             how far they have followed rooms
//	ignorelist.go, inputhistory.go, bot.go    the other things stored about a person
//	subject.go                                people and sessions as subjects
//
// Keys and Names keep tables of package records, which store each change. They have no lock: their
// owner guards them, together with whatever must change in the same step, such as who is online.
// They know nothing of sessions and never produce text for users.
package accounts
