package cluster_test

import (
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// An operator at a node that is cut off kicks a user at another one: the operator is told that it
// was not done, until it is.
func TestKickWhileCutOff(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	w := s.newProxy(0)
	a, b := startNode(t, w.url()), startNode(t, s.url(1))
	root := a.enter("root", testFingerprint("root"))
	root.send("/op " + a.NewOperatorCode())
	bob := b.enter("bob", "")
	root.expect("+bob")
	w.setCut(true)
	root.send("/kick bob")
	root.expect(testkit.English(reply.KickUnconfirmed, "bob"))
	w.setCut(false)
	bob.send("I am still here")
	root.expect("bob: I am still here")
	root.send("/kick bob")
	root.expect(testkit.English(reply.KickedNow, "bob"))
	bob.expect("left: " + string(room.Kicked))
	root.expect("-bob kicked")
}
