package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"teahouse/journal/internal/layout"
)

// serversFile is in the folder of a journal that has its streams in NATS servers. It
// holds where those are, but nothing of their passwords.
const serversFile = "nats"

// NoteServers notes in a folder, if there is one, in which NATS servers its journal has
// its streams; without URLs that it has them here.
func NoteServers(dir, urls string) error {
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
	note := serverHosts(urls)
	if have, err := os.ReadFile(path); err == nil && string(have) == note {
		return nil // and a full disk keeps no house from opening
	}
	return os.WriteFile(path, []byte(note), 0o600)
}

// serverHosts returns what serversFile holds of NATS servers.
func serverHosts(urls string) (note string) {
	var hosts []string
	for raw := range strings.SplitSeq(urls, ",") {
		if u, err := url.Parse(strings.TrimSpace(raw)); err == nil {
			hosts = append(hosts, u.Host)
		}
	}
	return strings.Join(hosts, ", ") + "\n"
}

// ErrServersEmpty is that NATS servers have nothing, though they had the house when it was open last.
var ErrServersEmpty = errors.New("the NATS servers have nothing, and had this house when it was open here last")

// checkServersHaveData returns an error where the NATS servers have lost the house of a folder, unless
// that is to be accepted. Other nodes that still run store it again.
func (p *preparation) checkServersHaveData(ctx context.Context) error {
	if p.IsEmbedded() || p.folder == "" {
		return nil
	}
	note, err := os.ReadFile(filepath.Join(p.folder, serversFile))
	if err != nil || string(note) != serverHosts(p.Config.URL) {
		return nil // it was not open, or with other servers
	}
	var have *jetstream.StreamConfig
	err = p.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		have, err = p.FindStream(ctx, layout.AuthorityStream)
		return err
	})
	if err != nil || have != nil || p.Checker.AcceptsLoss(ErrServersEmpty) {
		return err
	}
	return fmt.Errorf("journal: %w; restore a backup into them, or begin with an empty house, by --accept-loss", ErrServersEmpty)
}

// SaveServers notes in a data directory in which NATS servers its house is from now on, for
// [savedServers].
func SaveServers(data, urls string) error {
	return NoteServers(filepath.Join(data, layout.FolderName), urls)
}

// detachFromServers warns where a journal keeps here what it keeps, and kept it in NATS servers the
// last time. From now on it has something that those have not, even if it was moved there: so from
// the next start on its folder is another one.
func (p *preparation) detachFromServers() error {
	if p.folder == "" || !p.IsEmbedded() {
		return nil
	}
	hosts, elsewhere, err := SavedServers(p.Config.Dir)
	if err != nil || !elsewhere {
		return err
	}
	p.Log.Warn("journal: this house was open with NATS servers last, and what is stored there is not here; if you did not mean to leave them, give --nats again", "servers", hosts)
	return layout.WriteFileAtomic(filepath.Join(p.folder, layout.NodeFile), []byte(nuid.Next()+"\n"), 0o600)
}

// SavedServers tells whether the journal of a data directory had its streams in NATS servers
// when it was open last, and where those were then.
func SavedServers(data string) (hosts string, elsewhere bool, err error) {
	text, err := os.ReadFile(filepath.Join(data, layout.FolderName, serversFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("journal: %w", err)
	}
	return strings.TrimSpace(string(text)), true, nil
}
