// Package accounts knows who people are, whenever and with whichever key they come.
//
// A person is one or more keys; see [Keys]. It is known by the fingerprint of its first key, and
// owns names: see [Names]. A key that nothing is known of is a person by itself.
//
// Both keep tables of package records, which write down what changes. They have no lock: their owner
// guards them together with what must change in the same step, such as who is online. They know no
// session and say no sentence.
package accounts
