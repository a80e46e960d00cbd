package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const unit = "../../deploy/teahouse.service"

// goCrashed is what Go has a process end with that panics, or that a signal such as the
// watchdog's SIGABRT ends.
const goCrashed = 2

// systemd starts a house again that crashed or hung, and none whose configuration has a
// mistake: the unit and the program mean the same exit code, which is never a crash's.
func TestUnitKnowsMistakes(t *testing.T) {
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("\nRestartPreventExitStatus=%d\n", exitConfig); !strings.Contains(string(text), want) {
		t.Errorf("%s does not have %s", unit, want)
	}
	if exitConfig == goCrashed || exitFailed == goCrashed {
		t.Error("a crash cannot be told from something else")
	}
}
