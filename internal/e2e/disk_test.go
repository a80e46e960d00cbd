package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mountSmallDisk returns a directory on a separate disk of a few megabytes. Only root can make one.
func mountSmallDisk(t *testing.T) string {
	t.Helper()
	dir, err := mountDisk(t, "8m")
	if err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	return dir
}

// mountDisk is mountSmallDisk with a size. It returns an error if there is none.
func mountDisk(t *testing.T, size string) (dir string, err error) {
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	return dir, nil
}

// unmount unmounts a disk. It may disappear only later: machines of parallel tests keep all mounts
// that existed when they were made.
func unmount(dir string) error {
	if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("umount: %w: %s", err, out)
	}
	return nil
}

// fillDisk fills a disk, and returns the file that does.
func fillDisk(t *testing.T, dir string) (ballast string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		block := bytes.Repeat([]byte{1}, size)
		for {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
	}
	return f.Name()
}

// Protects the room from a full disk: people keep talking, the log says what is wrong, and once
// there is space again everything is stored, without a restart.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := mountSmallDisk(t)
	h := startServerIn(t, filepath.Join(disk, "data"))
	speaker := h.nc("speaker")
	n := 0
	say := func(lines int) {
		for range lines {
			_, _ = io.WriteString(speaker.stdin, fmt.Sprintf("line %d %s\n", n, strings.Repeat("x", 500)))
			n++
		}
		speaker.expect(fmt.Sprintf("speaker:line %d ", n-1))
	}
	say(10)
	ballast := fillDisk(t, disk)
	for h.findLog("the journal cannot be written; the server goes on") == nil && n < 4000 {
		say(100)
	}
	h.waitLog("the journal cannot be written; the server goes on")
	say(100)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	h.waitLog("the journal is written again")
	say(10)

	h = h.restart()
	lines := strings.Split(runClient(t, withCommand(h.ssh("reader"), "history 100000")).out, "\n")
	if len(lines) != n+1 {
		t.Errorf("history has %d lines, want %d", len(lines)-1, n)
	}
	for i, line := range lines[:len(lines)-1] {
		if !strings.Contains(line, fmt.Sprintf(": line %d ", i)) {
			t.Fatalf("history has %.80q in place of line %d", line, i)
		}
	}
}
