package keys

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// The host key is made once, readable only for its owner, and kept: a new one would make every
// client warn of an attack.
func TestHostKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadHostKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	if kind := first.PublicKey().Type(); kind != gossh.KeyAlgoED25519 {
		t.Errorf("a new host key is of type %s, want %s", kind, gossh.KeyAlgoED25519)
	}
	info, err := os.Stat(filepath.Join(dir, hostKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file is %v (error %v), want the mode 0600", info, err)
	}
	// The public key's file does not matter: only the private key counts.
	for _, remove := range []bool{false, true} {
		if remove {
			if err := os.Remove(filepath.Join(dir, hostKeyFile+".pub")); err != nil {
				t.Fatal(err)
			}
		}
		again, err := LoadHostKey(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.PublicKey().Marshal(), first.PublicKey().Marshal()) {
			t.Errorf("the second start has another host key (public key removed: %v)", remove)
		}
	}
}

// A file that is not a usable key causes an error and is not changed.
func TestUnusableHostKey(t *testing.T) {
	tests := map[string]struct {
		content string
		mode    fs.FileMode
		want    string
	}{
		"which others can read": {"", 0o644, "chmod 600"},
		"which is empty":        {"", 0o600, "host key"},
		"which is not a key":    {"not a key", 0o600, "host key"},
	}
	for name, test := range tests {
		path := filepath.Join(t.TempDir(), hostKeyFile)
		if err := os.WriteFile(path, []byte(test.content), test.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadHostKey(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("for a key file, %s, the operator reads %v, want %q", name, err, test.want)
		}
		if content, err := os.ReadFile(path); err != nil || string(content) != test.content {
			t.Errorf("the key file, %s, now contains %q (error %v)", name, content, err)
		}
	}
	if _, err := LoadHostKey(filepath.Join(t.TempDir(), "missing", "directory\x00")); err == nil {
		t.Error("a key was made in a directory that cannot exist")
	}
}

// Whichever byte of the file changes, the key is the same or there is none: with another key,
// clients would warn of an attack.
func TestCorruptHostKey(t *testing.T) {
	dir := t.TempDir()
	signer, err := LoadHostKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, hostKeyFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range whole {
		for _, bit := range []byte{1, 8, 32} {
			file := bytes.Clone(whole)
			file[i] ^= bit
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			switch again, err := LoadHostKey(dir); {
			case err != nil && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup")):
				t.Fatalf("with byte %d of the key damaged the operator reads %v, want the file and a backup", i, err)
			case err != nil:
				refused++
			case !bytes.Equal(again.PublicKey().Marshal(), signer.PublicKey().Marshal()):
				t.Fatalf("with byte %d changed by %d clients would see another key", i, bit)
			}
		}
	}
	if refused < len(whole) {
		t.Errorf("only %d of %d changes are noticed", refused, 3*len(whole))
	}
}
