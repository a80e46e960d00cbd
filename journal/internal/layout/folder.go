package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nuid"
)

// FolderName is the name of the journal's folder in a data directory. VersionFile and NodeFile
// are the files in it with the [Version] and the name of the node.
const (
	FolderName  = "journal"
	VersionFile = "version"
	NodeFile    = "node"
)

// OpenFolder returns the journal's folder in a data directory, which it creates if necessary,
// and the node's name, which is random and kept there. Without a data directory there is no
// folder.
func OpenFolder(data string) (node, dir string, err error) {
	if data == "" {
		return nuid.Next(), "", nil
	}
	dir = filepath.Join(data, FolderName)
	if err := CheckFolder(dir); errors.Is(err, fs.ErrNotExist) {
		if err := createFolder(dir); err != nil {
			return "", "", fmt.Errorf("journal: cannot create its folder: %w", err)
		}
	} else if err != nil {
		return "", "", err
	}
	node, err = ReadNode(dir)
	if errors.Is(err, fs.ErrPermission) {
		return "", "", fmt.Errorf("journal: %w", err)
	}
	if err != nil {
		return "", "", fmt.Errorf("journal: its folder is damaged: %w; %s", err, MoveAwayAdvice(dir))
	}
	if node == "" || strings.Trim(node, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", "", fmt.Errorf("journal: %s is damaged; %s", filepath.Join(dir, NodeFile), MoveAwayAdvice(dir))
	}
	return node, dir, nil
}

// MoveAwayAdvice says what to do about a journal's folder that keeps the server from starting.
func MoveAwayAdvice(dir string) string {
	return fmt.Sprintf("move the folder %s away and restore a backup, or what teahouse salvage makes of it", dir)
}

// ReadNode returns the name of the node in a journal's folder.
func ReadNode(dir string) (string, error) {
	name, err := os.ReadFile(filepath.Join(dir, NodeFile))
	return strings.TrimSpace(string(name)), err
}

// CheckFolder returns nil for a journal's folder that can be read. The error is fs.ErrNotExist
// if there is none, or an empty one.
func CheckFolder(dir string) error {
	found, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(found) == 0:
		return fs.ErrNotExist
	case err != nil:
		return fmt.Errorf("journal: %w", err)
	}
	version, err := os.ReadFile(filepath.Join(dir, VersionFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && slices.ContainsFunc(found, func(f fs.DirEntry) bool { return f.Name() == NodeFile }):
		return fmt.Errorf("journal: %s is damaged: the file %s is gone; %s", dir, VersionFile, MoveAwayAdvice(dir))
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("journal: %s contains something other than a journal; move it away, or choose another data directory", dir)
	case err != nil:
		return fmt.Errorf("journal: %w", err)
	}
	text := strings.TrimSpace(string(version))
	if !IsVersionNumber(text) {
		return fmt.Errorf("journal: %s is damaged; %s", filepath.Join(dir, VersionFile), MoveAwayAdvice(dir))
	}
	if err := CheckVersion(text); err != nil {
		return fmt.Errorf("journal: %s %w; run the teahouse that wrote it, or choose another data directory", dir, err)
	}
	return nil
}

// UpdateFolderVersion notes in a folder, if it exists, that everything in it has the current
// version, and gives its files the names of that version.
func UpdateFolderVersion(dir string) error {
	if dir == "" {
		return nil
	}
	path, text := filepath.Join(dir, VersionFile), strconv.Itoa(Version)+"\n"
	version, err := os.ReadFile(path)
	if err == nil && string(version) != text {
		err = WriteFileAtomic(path, []byte(text), 0o600)
	}
	if err != nil {
		return err
	}
	return RenameFiles(dir)
}

// createFolder creates an empty journal's folder, first under another name, so that there is
// never an incomplete one.
func createFolder(dir string) error {
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, VersionFile), []byte(strconv.Itoa(Version)+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, NodeFile), []byte(nuid.Next()+"\n"), 0o600); err != nil {
		return err
	}
	if err := SyncFiles(fresh); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return err
	}
	return os.Rename(fresh, dir)
}
