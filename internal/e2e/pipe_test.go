package e2e

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects make 2>&1 | ssh -T HOST: each line is said, even a last one without a newline, and the
// client exits with 0 once all is said.
func TestPipe(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	bob := h.nc("bob")

	r := runClient(t, h.ssh("robot", "-T"), "a\nb\nc")
	r.check(t, 0, "* robot joined\nrobot: a\nrobot: b\nrobot: c\n", "")
	bob.expect("[ssh]robot:已上线\n[ssh]robot:a\n[ssh]robot:b\n[ssh]robot:c\n[ssh]robot:已下线\n")
}

// Protects output that looks like a command: a pipe says it.
func TestPipeHasNoCommands(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	bob := h.nc("bob")

	lines := "/quit\n//comment\nwho\nrename|eve\nto|bob|hi\n/etc/passwd"
	runClient(t, h.ssh("robot", "-T"), lines+"\n").check(t, 0, "* robot joined\nrobot: "+strings.ReplaceAll(lines, "\n", "\nrobot: ")+"\n", "")
	bob.expect("[ssh]robot:/quit\n", "[ssh]robot://comment\n", "[ssh]robot:rename|eve\n", "[ssh]robot:to|bob|hi\n")
}

// Protects pipes from losing lines silently: a line that could not be said is reported, and the
// exit code says so; the others are said all the same.
func TestPipeRefusesLongLine(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	bob := h.nc("bob")

	for _, size := range []int{4096, 4400, 100_000} {
		r := runClient(t, h.ssh("robot", "-T"), "before\n"+strings.Repeat("x", size)+"\nafter\n")
		r.check(t, 1, "* robot joined\nrobot: before\nrobot: after\n", testkit.English(reply.TextTooLong, 4095)+"\n")
	}
	bob.expect("[ssh]robot:after\n")
	bob.expectNot("xxxx")
}

// Protects readers in a pipe: ssh -T HOST | grep shows what is said as it is said.
func TestPipeListens(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	ear := launch(t, h.ssh("ear", "-T")...)
	ear.expect("* ear joined\n")
	bob := h.nc("bob")
	bob.sendLines("is anybody there?", "to|ear|psst")
	ear.expect("bob: is anybody there?\n", "[bob to you] psst\n")
	if err := ear.stdin.Close(); err != nil {
		t.Error(err)
	}
	ear.waitExit(0)
}

// Protects programs that read the room: the first line says that they joined themselves, and only
// others read that they left. Joins and leaves may come together, so many clients do it many times.
func TestPipeSeesOwnJoin(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	var group errgroup.Group
	for i := range 8 {
		b := h.sshClient(t, fmt.Sprint("robot", i))
		group.Go(func() error {
			for range 50 {
				if err := b.pipeOneLine(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// pipeOneLine says one line through a pipe. It fails if the output does not begin with its own
// join, or contains its own leave.
func (c *sshClient) pipeOneLine() error {
	session, err := c.client.NewSession()
	if err != nil {
		return err
	}
	var out strings.Builder
	session.Stdin, session.Stdout = strings.NewReader("hello\n"), &out
	if err := session.Shell(); err != nil {
		return err
	}
	if err := session.Wait(); err != nil {
		return err
	}
	name := c.client.User()
	if !strings.HasPrefix(out.String(), "* "+name+" joined\n") {
		return fmt.Errorf("the first line that %s reads is %.80q", name, out.String())
	}
	if strings.Contains(out.String(), "* "+name+" left") {
		return fmt.Errorf("%s reads that it has left itself: %q", name, out.String())
	}
	return nil
}
