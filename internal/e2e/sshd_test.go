package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/gliderlabs/ssh"
)

// sshdEnv turns the test program into an SSH server that runs commands for everybody.
const sshdEnv = "STORIES_SSHD"

// runSSHD is the main function for sshdEnv. It returns the exit code.
func runSSHD() int {
	err := ssh.ListenAndServe(":22", func(s ssh.Session) {
		cmd := exec.Command("bash", "-c", s.RawCommand())
		cmd.Stdout, cmd.Stderr = s, s.Stderr()
		stdin, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			_ = s.Exit(255)
			return
		}
		go func() {
			_, _ = io.Copy(stdin, s)
			stdin.Close()
		}()
		_ = cmd.Wait()
		_ = s.Exit(cmd.ProcessState.ExitCode())
	})
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// startSSHD runs an SSH server on a machine that admits everybody.
func (m *netnsMachine) startSSHD() {
	m.t.Helper()
	m.runSelfAs("sshd", sshdEnv+"=1", 22)
}
