package room

import "teahouse/internal/reply"

// A Reason names why a user left. Logs and metrics use it as it stands; the
// user's own sentence is [Reason.Code].
type Reason string

// The reasons for leaving.
const (
	Quit     Reason = "quit"     // said goodbye: a command, or the end of the input
	HungUp   Reason = "hung up"  // the connection broke
	Idle     Reason = "idle"     // typed nothing for longer than the door allows
	Slow     Reason = "slow"     // did not read what was sent within the write deadline
	Stopping Reason = "stopping" // the server is shutting down
	Failed   Reason = "failed"   // an internal error ended the session
	PeerLost Reason = "lost"     // another house, to which it came, does not answer

	TakenOver Reason = "taken over" // the same person came in at another terminal
	Kicked    Reason = "kicked"     // by an operator
	Banned    Reason = "banned"     // by an operator
	Revoked   Reason = "revoked"    // the key is its person's no more
)

// Reasons returns all that there are.
func Reasons() []Reason {
	return []Reason{Quit, HungUp, Idle, Slow, Stopping, Failed, PeerLost, TakenOver, Kicked, Banned, Revoked}
}

// Code returns what the user itself is told as it leaves, or "" where it
// needs no telling. With [Stopping] it is told what [Hub.StopRefusal] returns.
func (r Reason) Code() reply.Code {
	switch r {
	case Idle:
		return reply.GoodbyeIdle
	case Slow:
		return reply.GoodbyeSlow
	case Stopping:
		return reply.GoodbyeStopping
	case Failed:
		return reply.GoodbyeFailed
	case TakenOver:
		return reply.GoodbyeTakenOver
	case Revoked:
		return reply.GoodbyeRevoked
	default:
		return ""
	}
}

// Error makes a Reason what [Session.Wait] returns when there is no more to come.
func (r Reason) Error() string { return "left: " + string(r) }
