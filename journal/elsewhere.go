package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// serversFile is in the folder of a journal that has its streams in NATS servers. It
// holds where those are, but nothing of their passwords.
const serversFile = "nats"

// noteServers notes in a folder, if there is one, in which NATS servers its journal has
// its streams; without URLs that it has them here.
func noteServers(dir, urls string) error {
	if dir == "" {
		return nil
	}
	path := filepath.Join(dir, serversFile)
	if urls == "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	var hosts []string
	for raw := range strings.SplitSeq(urls, ",") {
		if u, err := url.Parse(strings.TrimSpace(raw)); err == nil {
			hosts = append(hosts, u.Host)
		}
	}
	note := strings.Join(hosts, ", ") + "\n"
	if have, err := os.ReadFile(path); err == nil && string(have) == note {
		return nil // and a full disk keeps no house from opening
	}
	return os.WriteFile(path, []byte(note), 0o600)
}

// NoteServers notes in a data directory in which NATS servers its house is from now on, for
// [Elsewhere].
func NoteServers(data, urls string) error {
	return noteServers(filepath.Join(data, folderName), urls)
}

// Elsewhere tells whether the journal of a data directory had its streams in NATS servers
// when it was open last, and where those were then.
func Elsewhere(data string) (hosts string, elsewhere bool, err error) {
	text, err := os.ReadFile(filepath.Join(data, folderName, serversFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("journal: %w", err)
	}
	return strings.TrimSpace(string(text)), true, nil
}
