package event

import "teahouse/internal/reply"

// A Reason says why a session ended. Logs and metrics use it as it is; users read [Reason.Code].
type Reason string

// The reasons for leaving.
const (
	Quit     Reason = "quit"     // said goodbye: a command, or the end of the input
	HungUp   Reason = "hung up"  // the connection broke
	Idle     Reason = "idle"     // typed nothing for longer than the door allows
	Slow     Reason = "slow"     // did not read what was sent within the write deadline
	Stopping Reason = "stopping" // the server is shutting down
	Failed   Reason = "failed"   // an internal error ended the session
	PeerLost Reason = "lost"     // the node of the session does not answer

	TakenOver Reason = "taken over" // the same person came in at another terminal
	Kicked    Reason = "kicked"     // by an operator
	Banned    Reason = "banned"     // by an operator
	Revoked   Reason = "revoked"    // the key no longer belongs to the person
)

// Reasons returns all reasons.
func Reasons() []Reason {
	return []Reason{Quit, HungUp, Idle, Slow, Stopping, Failed, PeerLost, TakenOver, Kicked, Banned, Revoked}
}

// Code returns what the user is told on leaving, or "" for nothing. For [Stopping] the
// room knows more, such as where to go.
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

// Error lets a session's Wait return a Reason as an error once there is nothing more to read.
func (r Reason) Error() string { return "left: " + string(r) }
