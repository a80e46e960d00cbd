// Package moderation decides who may enter, who may speak, and who may make those decisions.
//
// A [State] holds what operators have decided: who is an operator, bans and mutes, invitations, the
// settings that hold for everybody, and the audit log of their acts. Each of these is a table of
// package records, which stores each change.
//
//	state.go           all decisions together
//	admission.go       who may enter: bans, invitations and lockdown together
//	ban.go, mute.go    whom a ban keeps out, whom a mute silences
//	penalty.go         what bans and mutes have in common, and penaltyset.go the list of them
//	refusal.go         what somebody is told who is banned or muted
//	operators.go       who is an operator
//	invitation.go      codes that let people in
//	grant.go           who was given a role or a code, and by whom
//	serversettings.go  the topic, the message of the day, slow mode, lockdown
//	audit.go           what operators and owners of rooms have done
//
// A State has no lock: its owner guards it, together with whatever must change in the same step,
// such as who is online. It knows nothing of sessions and never produces text for users. Package
// accounts defines persons; a subject is a person or, for somebody without a key, a session.
package moderation
