package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	_ "teahouse/internal/command/builtin" // brings the commands' sentences into the catalogue
	"teahouse/internal/testkit"
)

// programs is the directory of the programs: teahouse, menu, and the bot of the examples.
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

// maxParallel is how many stories are told at a time: most of them wait, for a limit
// to pass or for somebody who never answers.
const maxParallel = 14

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir

	args := []string{"build", "-ldflags=-w", "-o", dir + string(filepath.Separator)} // -w: without what debuggers want
	if testkit.Race {
		args = append(args, "-race")
	}
	args = append(args, "teahouse/cmd/teahouse", "teahouse/cmd/menu", "teahouse/docs/examples/bot")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	testkit.FilesInMemory() // but for the programs, which the directory of that need not be fit for
	return m.Run()
}

// skipRace skips, with the race detector, a story in which one thing happens after the other, or
// one person does it all: CI has just played it, and the race detector has little to find there
// that the packages' tests and the other stories do not show it.
func skipRace(t *testing.T) {
	t.Helper()
	if testkit.Race {
		t.Skip("it is played without the race detector")
	}
}

// requirePrograms skips the test where a client is not installed. On CI all of them must
// be.
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
