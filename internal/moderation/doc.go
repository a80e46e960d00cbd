// Package moderation decides who may come in, who may talk, and who may decide that.
//
// A [State] has what operators decided: who is an operator, bans and mutes, invitations, the
// settings that hold for everybody, and the log of their acts. Each of these is a table of package
// records, which writes down what changes.
//
// A State has no lock: its owner guards it together with what must change in the same step, such
// as who is online. It knows no session and says no sentence. A person is what package accounts
// makes of a key; a subject is a person or, for somebody without a key, a session.
package moderation
