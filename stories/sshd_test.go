package stories

import (
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/gliderlabs/ssh"
)

// sshdEnv makes this test's program an SSH server, which runs commands for everybody.
const sshdEnv = "STORIES_SSHD"

// beSSHD is the program that sshdEnv asks for. It returns the exit code.
func beSSHD() int {
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

// serves has a machine let everybody in by SSH.
func (m *machine) serves() {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		m.t.Fatal(err)
	}
	m.has("/usr/local/bin/sshd", string(program), 0o755)
	m.do("mkdir teahouse; " + sshdEnv + "=1 sshd >/dev/null 2>&1 & until (exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null; do sleep 0.02; done")
}
