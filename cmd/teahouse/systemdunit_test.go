package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

const unitPath = "../../deploy/teahouse.service"

// goCrashed is the exit code of a Go process that panicked, or was ended by a signal such as the
// watchdog's SIGABRT.
const goCrashed = 2

// systemd restarts a server that crashed or hung, but not one whose configuration has a mistake:
// the unit and the program agree on that exit code, which no crash has.
func TestUnitRestartPolicy(t *testing.T) {
	text, err := os.ReadFile(unitPath)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("\nRestartPreventExitStatus=%d\n", exitConfig); !strings.Contains(string(text), want) {
		t.Errorf("systemd would restart a server with a mistake in its configuration: %s lacks %s", unitPath, want)
	}
	if exitConfig == goCrashed || exitFailed == goCrashed {
		t.Error("the exit code of a crash is also that of a mistake or a failure")
	}
}

// The manual page that the unit names is installed in each documented way.
func TestUnitManPageInstalled(t *testing.T) {
	for _, path := range []string{unitPath, guidePath} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "/usr/local/share/man/man1/teahouse.1\n") {
			t.Errorf("%s does not say how to install teahouse(1)", path)
		}
	}
}

// Base images are named with their registry, so that podman and buildah can build the image as
// well.
func TestImageNamesAreQualified(t *testing.T) {
	text, err := os.ReadFile("../../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	images := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(string(text), -1)
	if len(images) == 0 {
		t.Fatal("the Dockerfile names no base image")
	}
	for _, image := range images {
		if registry, _, ok := strings.Cut(image[1], "/"); !ok || !strings.Contains(registry, ".") {
			t.Errorf("podman cannot tell the registry of the base image %s", image[1])
		}
	}
}

// systemctl reload reports a mistake in the configuration before it sends the signal.
func TestUnitChecksBeforeReload(t *testing.T) {
	text, err := os.ReadFile(unitPath)
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, match := range regexp.MustCompile(`(?m)^ExecReload=(.+)$`).FindAllStringSubmatch(string(text), -1) {
		commands = append(commands, match[1])
	}
	if len(commands) != 2 || !strings.Contains(commands[0], "/usr/local/bin/teahouse config ") || !strings.Contains(commands[1], "kill -HUP $MAINPID") {
		t.Errorf("systemctl reload runs %q, want teahouse config and then the signal", commands)
	}
}
