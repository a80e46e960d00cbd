package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// MaxHistoryBytes returns the maximum size of the history in the store, or 0 if its bytes are
// not limited.
func MaxHistoryBytes(m room.HistoryLimits) uint64 {
	return uint64(max(0, layout.MaxRoomStreamBytes(m)))
}

// StoredVersion returns the version of the data in a data directory, and the newest version, to
// which [Open] upgrades it. The error is [io/fs.ErrNotExist] if there is no data; if it cannot
// be read, the error says what to do.
func StoredVersion(data string) (version, newest int, err error) {
	dir := filepath.Join(data, layout.FolderName)
	if err := layout.CheckFolder(dir); err != nil {
		return 0, 0, err
	}
	text, err := os.ReadFile(filepath.Join(dir, layout.VersionFile))
	if err != nil {
		return 0, 0, fmt.Errorf("journal: %w", err)
	}
	version, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return version, layout.Version, err
}

// CheckReadable checks that the engine can read the data in a data directory. The data must be
// of the newest version, and nobody else may have it open. Unlike [Open], it changes neither the
// streams' limits nor their contents.
func CheckReadable(ctx context.Context, data string) error {
	_, dir, err := layout.OpenFolder(data)
	if err != nil {
		return err
	}
	found, err := integrity.Find(ctx, dir)
	if err == nil {
		err = integrity.FirstError(found)
	}
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, Config{Dir: data, Log: log.New(io.Discard)}, dir)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, name := range layout.StreamNames() {
		if _, err := st.FindStream(ctx, name); err != nil {
			return fmt.Errorf("journal: stream %s: %w", name, err)
		}
	}
	return st.CheckWatermarks(ctx)
}

// A ServerCheck is the result of checking a NATS server.
type ServerCheck struct {
	URL          string // without passwords
	Err          error  // why it cannot store anything
	Advice       string // what to do about that
	Cluster      string // "" if it is in none
	KnownServers int    // number of server addresses it announces, its own among them
}

// checkServerTimeout limits the check of one server.
const checkServerTimeout = 5 * time.Second

// CheckServers checks each of the NATS servers in a comma-separated list of URLs, connecting
// with the given client options.
func CheckServers(ctx context.Context, urls string, options ...nats.Option) (servers []ServerCheck) {
	for raw := range strings.SplitSeq(urls, ",") {
		raw = strings.TrimSpace(raw)
		s := ServerCheck{URL: store.RedactURL(raw)}
		if s.Err = s.check(ctx, raw, options); s.Err != nil {
			s.Advice = store.ConnectAdvice(s.Err)
		}
		servers = append(servers, s)
	}
	return servers
}

func (s *ServerCheck) check(ctx context.Context, raw string, options []nats.Option) error {
	if _, err := url.Parse(raw); err != nil {
		return errors.New("it is not a URL such as nats://127.0.0.1:4222") // the error could show a password
	}
	options = append([]nats.Option{nats.Name("teahouse"), nats.Timeout(checkServerTimeout), nats.NoReconnect()}, options...)
	// Try this server only: the client would fall back to servers that it announces.
	nc, err := nats.Connect(raw, append(options, nats.IgnoreDiscoveredServers())...)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkServerTimeout)
	defer cancel()
	if _, err = js.AccountInfo(ctx); err != nil {
		return err
	}
	s.Cluster = nc.ConnectedClusterName()
	return s.countKnown(raw, options)
}

// countKnown asks the server how many servers it knows.
func (s *ServerCheck) countKnown(raw string, options []nats.Option) error {
	nc, err := nats.Connect(raw, options...)
	if err != nil {
		return err
	}
	defer nc.Close()
	s.KnownServers = len(nc.Servers())
	return nil
}
