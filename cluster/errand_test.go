package cluster_test

import (
	"testing"

	"teahouse/room"
)

// An operator at a node that is cut off has somebody leave who is at another one: it is
// told that this was not done, until it is.
func TestKickWhileCutOff(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	w := s.wire(0)
	a, b := startNode(t, w.url()), startNode(t, s.url(1))
	root := a.enter("root", keyOf("root"))
	root.does("/op " + a.OfferOperator())
	bob := b.enter("bob", "")
	root.sees("+bob")
	w.setCut(true)
	root.does("/kick bob")
	root.sees("bob is at another machine, which does not answer now, and may still be there. Try again.")
	w.setCut(false)
	bob.does("I am still here")
	root.sees("bob: I am still here")
	root.does("/kick bob")
	root.sees("bob had to leave.")
	bob.sees("left: " + string(room.Kicked))
	root.sees("-bob kicked")
}
