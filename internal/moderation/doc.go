// Package moderation decides who may enter, who may speak, and who may make those decisions.
//
// A [State] holds what operators have decided: who is an operator, bans and mutes, invitations, the
// settings that hold for everybody, and the audit log of their acts. Each of these is a table of
// package records, which stores each change.
//
// A State has no lock: its owner guards it, together with whatever must change in the same step,
// such as who is online. It knows nothing of sessions and never produces text for users. Package
// accounts defines persons; a subject is a person or, for somebody without a key, a session.
package moderation
