package backupfile

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/journal"
)

// Timeout is how long a backup may take.
const Timeout = 10 * time.Minute

// socketName is the name of the socket in the data directory from which a running server sends a
// backup to whoever connects. It reads nothing. Access to the directory is all that protects it.
const socketName = "backup.sock"

// Serve sends a backup to everyone who connects to the socket in the data directory, one at a time,
// until stop is called. Where there can be no socket, it logs that.
func Serve(dir string, j *journal.Journal, logger *log.Logger) (stop func()) {
	if dir == "" {
		return func() {}
	}
	path := filepath.Join(dir, socketName)
	_ = os.Remove(path) // left behind by a killed process; this one holds the lock
	l, err := net.Listen("unix", path)
	if err != nil {
		logger.Warn("no backups while the server runs", "err", err)
		return func() {}
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
	}
}

// sendBackup sends one backup. Its end tells the reader whether it is complete.
func sendBackup(ctx context.Context, dir string, j *journal.Journal, conn net.Conn, logger *log.Logger) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	if err := Write(ctx, dir, conn, j.Backup); err != nil {
		logger.Error("cannot make a backup", "err", err)
		return
	}
	logger.Info("backup made")
}

// Fetch asks the server that has locked the directory for a backup.
func Fetch(dir string, w io.Writer) error {
	conn, err := net.Dial("unix", filepath.Join(dir, socketName))
	if err != nil {
		return fmt.Errorf("the server that uses %s can't make a backup: %w", dir, err)
	}
	defer conn.Close()
	if _, err := io.Copy(w, conn); err != nil {
		return fmt.Errorf("the server that uses %s broke off the backup: %w", dir, err)
	}
	return nil
}
