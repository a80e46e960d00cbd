package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	_ "teahouse/internal/command/builtin" // adds the commands' sentences to the catalogue
	"teahouse/internal/testkit"
)

// programs is the directory of the programs: teahouse, menu, and the example bot.
var programs string

func program(name string) string { return filepath.Join(programs, name) }

func TestMain(m *testing.M) {
	if config := os.Getenv(natsEnv); config != "" {
		os.Exit(runNATS([]byte(config)))
	}
	if os.Getenv(sshdEnv) != "" {
		os.Exit(runSSHD())
	}
	testkit.AtOnce(maxParallel)
	os.Exit(run(m))
}

// maxParallel is how many tests run at a time: most of them wait, for a limit to pass or for a
// client that never answers.
const maxParallel = 14

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir

	args := []string{"build", "-ldflags=-w", "-o", dir + string(filepath.Separator)} // -w: without debug information
	if testkit.Race {
		args = append(args, "-race")
	}
	args = append(args, "teahouse/cmd/teahouse", "teahouse/cmd/menu", "teahouse/docs/examples/bot")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	testkit.FilesInMemory() // except the programs, because that directory may not allow them
	return m.Run()
}

// skipRace skips a test under the race detector that is sequential, or has only one user: CI has
// just run it without, and the race detector would find little there that the packages' tests and
// the other end-to-end tests do not show.
func skipRace(t *testing.T) {
	t.Helper()
	if testkit.Race {
		t.Skip("runs without the race detector")
	}
}

// requirePrograms skips the test if a client is not installed. On CI all of them must be.
func requirePrograms(t *testing.T, clients ...string) {
	t.Helper()
	for _, name := range clients {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
}
