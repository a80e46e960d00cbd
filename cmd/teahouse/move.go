package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/charmbracelet/log"

	"teahouse/internal/backupfile"
	"teahouse/internal/datadir"
	"teahouse/journal"
)

// moveFileName is the name of the temporary backup in the data directory. Where the system allows
// removing an open file, it exists for a moment only, and being killed does not leave it behind.
const moveFileName = "moving.backup"

// move copies everything in a data directory to NATS servers, and notes there that it was moved.
// The lock keeps the server from running meanwhile.
func move(c config, logger *log.Logger, report io.Writer) error {
	if err := datadir.CheckOwner(c.Data); err != nil {
		return err
	}
	node, ok := journal.HasLocalData(c.Data)
	if !ok {
		return fmt.Errorf("there is nothing to move: nothing is stored in %s; say where the data directory is with --data", c.Data)
	}
	unlock, err := datadir.Lock(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	err = copyToServers(c, logger)
	var full *journal.NotEmptyError
	if errors.As(err, &full) && full.Origin == node {
		return fmt.Errorf("everything in %s was already moved to these NATS servers; start the server with --nats", c.Data)
	}
	if err != nil {
		return err
	}
	if err := journal.SaveServers(c.Data, c.Nats); err != nil {
		return err
	}
	fmt.Fprintf(report, "Moved everything in %s to the NATS servers. Start each node with the same --nats, and with the host key of %s.\n", c.Data, c.Data)
	return nil
}

// copyToServers makes a backup of the data directory and restores it to the NATS servers.
func copyToServers(c config, logger *log.Logger) error {
	file, err := os.OpenFile(filepath.Join(c.Data, moveFileName), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	_ = os.Remove(file.Name())
	ctx, cancel := context.WithTimeout(context.Background(), backupfile.Timeout)
	defer cancel()
	own := c
	own.Nats = ""
	if err := journal.BackupOffline(ctx, own.journalConfig(logger), file); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return journal.RestoreBackup(ctx, c.journalConfig(logger), file)
}
