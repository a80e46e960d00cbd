// Package accounts knows who people are and what belongs to them, across sessions and keys.
//
// A person is one or more keys; see [Keys]. The fingerprint of the first key is the person's ID. A
// key that nothing is stored about is a person of its own. People own names; see [Names]. A
// subject is a person or, for somebody without a key, a session.
//
// [Settings], [IgnoreList], [InputHistory] and [Bot] are the other things stored about a person.
//
// Keys and Names keep tables of package records, which store each change. They have no lock: their
// owner guards them, together with whatever must change in the same step, such as who is online.
// They know nothing of sessions and never produce text for users.
package accounts
