//go:build unix

package keys

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// fullDiskEnv is set in the process in which [TestHostKeyOnFullDisk] does its work.
const fullDiskEnv = "KEYS_TEST_FULL_DISK"

// withFullDisk calls do while no file can grow, as on a full disk. Call it in a process of its own,
// because the go command's own files cannot grow either.
func withFullDisk(t *testing.T, do func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	full := before
	full.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}

// A host key that cannot be written leaves nothing behind: half a key would prevent every later
// start. The same goes for a key from a backup.
func TestHostKeyOnFullDisk(t *testing.T) {
	if os.Getenv(fullDiskEnv) == "" {
		alone := exec.Command(os.Args[0], "-test.run=^TestHostKeyOnFullDisk$")
		alone.Env = append(os.Environ(), fullDiskEnv+"=1")
		if output, err := alone.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	from := t.TempDir()
	other, err := LoadHostKey(from)
	if err != nil {
		t.Fatal(err)
	}
	file, err := ExportHostKey(from)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(dir string) error{
		"made":     func(dir string) error { _, err := LoadHostKey(dir); return err },
		"restored": func(dir string) error { return ImportHostKey(dir, file) },
	} {
		dir := t.TempDir()
		withFullDisk(t, func() {
			if err := write(dir); err == nil {
				t.Errorf("a key that is %s on a full disk causes no error", name)
			}
		})
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("a key that was %s on a full disk leaves %v (error %v)", name, left, err)
		}
		if err := write(dir); err != nil {
			t.Errorf("with space again, a key cannot be %s: %v", name, err)
		}
		if have, err := LoadHostKey(dir); err != nil {
			t.Errorf("a key that was %s cannot be loaded: %v", name, err)
		} else if name == "restored" && !bytes.Equal(have.PublicKey().Marshal(), other.PublicKey().Marshal()) {
			t.Error("the restored key is not the one of the backup")
		}
	}
}

// A server that had a host key does not silently get a new one: clients would warn of an attack.
// The error says what is missing, which key it was, and what to do.
func TestMissingPrivateHostKey(t *testing.T) {
	dir := t.TempDir()
	lost, err := LoadHostKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, hostKeyFile)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, broken := range []bool{false, true} {
		words := []string{path + ".pub", "backup", "remove", gossh.FingerprintSHA256(lost.PublicKey())}
		if broken {
			words = words[:3]
			if err := os.WriteFile(path+".pub", nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := LoadHostKey(dir)
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("with the private key lost the operator reads %v, want %s in it", err, word)
			}
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatal("the server made a new host key: clients would warn of an attack")
		}
	}
	if err := ImportHostKey(dir, file); err != nil { // restoring a backup helps
		t.Error(err)
	}
	if again, err := LoadHostKey(dir); err != nil || !bytes.Equal(again.PublicKey().Marshal(), lost.PublicKey().Marshal()) {
		t.Errorf("after a restore the host key is another one (error %v)", err)
	}
}
