package sshd

import (
	"strings"
	"testing"
)

// A follow of which nobody reads the output any more ends, as in follow | head: OpenSSH
// tells so, and waits.
func TestFollowThatNobodyReads(t *testing.T) {
	h := open(t, nil)
	client := h.dial(t, "ear")
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Start("follow"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it follows", func() bool { return strings.Contains(h.log.String(), "command=follow") })
	for range 2 { // the second one means nothing
		if _, err := session.SendRequest("eow@openssh.com", false, nil); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	eventually(t, "it has ended", func() bool {
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	if code := exitCode(t, err); code != exitDone {
		t.Errorf("the exit code is %d", code)
	}
	if out, errs, code := run(t, client, "who"); out != "" || errs != "" || code != exitDone {
		t.Errorf("then who answers %q, %q, %d", out, errs, code)
	}
}
