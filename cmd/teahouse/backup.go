package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/datadir"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// backupTimeout is how long a backup may take.
const backupTimeout = 10 * time.Minute

// socketName is the name of the socket in the data directory from which a running server sends a
// backup to whoever connects. It reads nothing. Access to the directory is all that protects it.
const socketName = "backup.sock"

// backup writes a backup of the data directory: from the server if it is running, and from its
// files otherwise.
func backup(c config, logger *log.Logger) error {
	if _, err := os.Stat(c.Data); err != nil {
		return fmt.Errorf("there is nothing to back up: %w; say where the data directory is with --data", err)
	}
	unlock, err := datadir.Lock(c.Data)
	if errors.Is(err, datadir.ErrInUse) {
		return writeBackup(c.Backup.File, func(w io.Writer) error { return backupRunning(c.Data, w) })
	}
	if err != nil {
		return err
	}
	defer unlock()
	return writeBackup(c.Backup.File, func(w io.Writer) error { return backupStopped(c, logger, w) })
}

// backupRunning asks the server that has locked the directory for a backup.
func backupRunning(dir string, w io.Writer) error {
	conn, err := net.Dial("unix", filepath.Join(dir, socketName))
	if err != nil {
		return fmt.Errorf("the server that uses %s gives no backup: %w", dir, err)
	}
	defer conn.Close()
	if _, err := io.Copy(w, conn); err != nil {
		return fmt.Errorf("the server that uses %s broke off the backup: %w", dir, err)
	}
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
	ctx, cancel := context.WithTimeout(context.Background(), backupTimeout)
	defer cancel()
	err = writeBundle(ctx, c.Data, w, func(ctx context.Context, w io.Writer) error {
		return journal.BackupOffline(ctx, c.journalConfig(logger), w)
	})
	if errors.Is(err, journal.ErrNoData) {
		return fmt.Errorf("there is nothing to back up: %w; set --data and, if the server has it, --nats", err)
	}
	return err
}

// writeBackup creates a file with what write writes. Only its owner can read it, because it
// contains the host key. It appears when it is complete, and does not replace another file.
func writeBackup(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists; choose another name", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := verifyBundle(f, room.HistoryLimits{}); err != nil {
		return fmt.Errorf("the backup is incomplete: %w; if the server is running, see its log", err)
	}
	if err := os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(f.Name(), path) // some file systems have no links
}

// serveBackups sends a backup to everyone who connects to the socket in the data directory, one
// at a time, until stop is called.
func serveBackups(dir string, j *journal.Journal, logger *log.Logger) (stop func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	path := filepath.Join(dir, socketName)
	_ = os.Remove(path) // left behind by a killed process; this one holds the lock
	l, err := net.Listen("unix", path)
	if err != nil {
		logger.Warn("no backups while the server runs", "err", err)
		return func() {}, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			sendBackup(ctx, dir, j, conn, logger)
		}
	}()
	return func() {
		cancel()
		l.Close()
		<-done
	}, nil
}

// sendBackup sends one backup. Its end tells the reader whether it is complete.
func sendBackup(ctx context.Context, dir string, j *journal.Journal, conn net.Conn, logger *log.Logger) {
	ctx, cancel := context.WithTimeout(ctx, backupTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	if err := writeBundle(ctx, dir, conn, j.Backup); err != nil {
		logger.Error("cannot make a backup", "err", err)
		return
	}
	logger.Info("backup made")
}

// restore makes a data directory from a backup, or fills NATS servers from it and writes the host
// key to the data directory. If it fails, nothing has changed.
func restore(c config, logger *log.Logger) error {
	f, err := os.Open(c.Restore.File)
	if err != nil {
		return err
	}
	defer f.Close()
	hostKey, err := verifyBundle(f, c.memory())
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
	ctx, cancel := context.WithTimeout(context.Background(), backupTimeout)
	defer cancel()
	if err := restoreBundle(ctx, c.journalConfig(logger), f); err != nil {
		return err
	}
	return keys.ImportHostKey(c.Data, hostKey)
}

// restoreTarget says where a backup is restored to.
func (c config) restoreTarget() string {
	if c.Nats == "" {
		return c.Data
	}
	return "the NATS servers, and the host key to " + c.Data
}
