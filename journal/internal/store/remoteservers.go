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

// noteServers notes in a folder, if it exists, which NATS servers have its journal's streams,
// or, if urls is empty, that this process has them. The note has the servers' hosts, but no
// passwords.
func noteServers(dir, urls string) error {
	if dir == "" {
		return nil
	}
	path := layout.FilePath(dir, layout.ServersFile)
	if urls == "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	note := serverHosts(urls)
	if have, err := os.ReadFile(path); err == nil && string(have) == note {
		return nil // a full disk must not keep the journal from opening
	}
	return os.WriteFile(path, []byte(note), 0o600)
}

// serverHosts returns the note about NATS servers.
func serverHosts(urls string) (note string) {
	var hosts []string
	for raw := range strings.SplitSeq(urls, ",") {
		if u, err := url.Parse(strings.TrimSpace(raw)); err == nil {
			hosts = append(hosts, u.Host)
		}
	}
	return strings.Join(hosts, ", ") + "\n"
}

// ErrServersEmpty is returned if NATS servers are empty that had this journal's data when it was
// last open.
var ErrServersEmpty = errors.New("the NATS servers are empty, and had this server's data when it last ran here")

// checkServersHaveData returns an error if the NATS servers have lost a folder's data, unless
// the loss is accepted. Other nodes that still run will store theirs again.
func (p *preparation) checkServersHaveData(ctx context.Context) error {
	if p.IsEmbedded() || p.folder == "" {
		return nil
	}
	note, err := os.ReadFile(layout.FilePath(p.folder, layout.ServersFile))
	if err != nil || string(note) != serverHosts(p.Config.URL) {
		return nil // the journal was never open, or used other servers
	}
	var have *jetstream.StreamConfig
	err = p.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		for _, name := range append(layout.LegacyStreamNames(), layout.AuthorityStream) {
			if have, err = p.FindStream(ctx, name); err != nil || have != nil {
				break
			}
		}
		return err
	})
	if err != nil || have != nil || p.Checker.AcceptsLoss(ErrServersEmpty) {
		return err
	}
	return fmt.Errorf("journal: %w; restore a backup into them, or start empty, with --accept-loss", ErrServersEmpty)
}

// SaveServers records in a data directory which NATS servers have its data from now on, for
// [SavedServers].
func SaveServers(data, urls string) error {
	return noteServers(filepath.Join(data, layout.FolderName), urls)
}

// detachFromServers warns if a journal now runs embedded that last used NATS servers. From now
// on the folder has data that the servers lack, even if its old data was moved there; so from
// the next start on it counts as other data.
func (p *preparation) detachFromServers() error {
	if p.folder == "" || !p.IsEmbedded() {
		return nil
	}
	hosts, elsewhere, err := SavedServers(p.Config.Dir)
	if err != nil || !elsewhere {
		return err
	}
	p.Log.Warn("journal: this server last used NATS servers, and what is stored there is not here; if you did not mean to leave them, give --nats again", "servers", hosts)
	return layout.WriteFileAtomic(filepath.Join(p.folder, layout.NodeFile), []byte(nuid.Next()+"\n"), 0o600)
}

// SavedServers reports whether the journal of a data directory had its streams on NATS servers
// when it was last open, and where.
func SavedServers(data string) (hosts string, elsewhere bool, err error) {
	text, err := os.ReadFile(layout.FilePath(filepath.Join(data, layout.FolderName), layout.ServersFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("journal: %w", err)
	}
	return strings.TrimSpace(string(text)), true, nil
}
