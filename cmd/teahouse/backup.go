package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/log"

	"teahouse/internal/backupfile"
	"teahouse/internal/datadir"
	"teahouse/journal"
	"teahouse/keys"
)

// backup writes a backup of the data directory: from the server if it is running, and from its
// files otherwise. It says on report what it did.
func backup(c config, logger *log.Logger, report io.Writer) error {
	if _, err := os.Stat(c.Data); err != nil {
		return fmt.Errorf("there is nothing to back up: %w; say where the data directory is with --data", err)
	}
	write := func(w io.Writer) error { return backupStopped(c, logger, w) }
	switch unlock, err := datadir.Lock(c.Data); {
	case errors.Is(err, datadir.ErrInUse):
		write = func(w io.Writer) error { return backupfile.Fetch(c.Data, w) }
	case err != nil:
		return err
	default:
		defer unlock()
	}
	if err := backupfile.Create(c.Backup.File, write); err != nil {
		return err
	}
	fmt.Fprintf(report, "Saved %s: %s, to %s.\n", c.Data, backupfile.Describe(c.Backup.File), c.Backup.File)
	return nil
}

// backupStopped makes a backup of a server that is not running, from where it stores its data.
// With --nats that is not the data directory.
func backupStopped(c config, logger *log.Logger, w io.Writer) error {
	hosts, elsewhere, err := journal.SavedServers(c.Data)
	switch {
	case err != nil:
		return err
	case elsewhere && c.Nats == "":
		return fmt.Errorf("the server of %s keeps its messages in the NATS servers %s; give backup the same --nats", c.Data, hosts)
	}
	ctx, cancel := context.WithTimeout(context.Background(), backupfile.Timeout)
	defer cancel()
	err = backupfile.Write(ctx, c.Data, w, func(ctx context.Context, w io.Writer) error {
		return journal.BackupOffline(ctx, c.journalConfig(logger), w)
	})
	if errors.Is(err, journal.ErrNoData) {
		return fmt.Errorf("there is nothing to back up: %w; set --data and, if the server has it, --nats", err)
	}
	return err
}

// restore makes a data directory from a backup, or fills NATS servers from it and writes the host
// key to the data directory, and says so on report. If it fails, nothing has changed.
func restore(c config, logger *log.Logger, report io.Writer) error {
	f, err := os.Open(c.Restore.File)
	if err != nil {
		return err
	}
	defer f.Close()
	hostKey, err := backupfile.Verify(f, c.memory())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Restore.File, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := datadir.CheckOwner(c.Data); err != nil {
		return err
	}
	unlock, err := datadir.Lock(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	if err := keys.CheckHostKeyImport(c.Data, hostKey); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), backupfile.Timeout)
	defer cancel()
	if err := backupfile.Restore(ctx, c.journalConfig(logger), f); err != nil {
		return err
	}
	if err := keys.ImportHostKey(c.Data, hostKey); err != nil {
		return err
	}
	fmt.Fprintf(report, "Restored %s: %s, to %s.\n", c.Restore.File, backupfile.Describe(c.Restore.File), c.restoreTarget())
	return nil
}

// restoreTarget says where a backup is restored to.
func (c config) restoreTarget() string {
	if c.Nats == "" {
		return c.Data
	}
	return "the NATS servers, and the host key to " + c.Data
}
