// Package accounts knows who people are, and what they have, whenever and with whichever key they
// come.
//
// A person is one or more keys; see [Keys]. It is known by the fingerprint of its first key, and
// owns names: see [Names]. A key that nothing is known of is a person by itself. A subject is a
// person or, for somebody without a key, a session.
//
// [Settings], [IgnoreList], [InputHistory] and [Bot] are what else is stored of a person.
//
// Keys and Names keep tables of package records, which write down what changes. They have no
// lock: their owner guards them together with what must change in the same step, such as who is
// online. They know no session and say no sentence.
package accounts
