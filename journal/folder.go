package journal

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

const (
	folderName  = "journal"
	versionFile = "version"
	nodeFile    = "node"
)

// openFolder returns the journal's folder in a data directory, which it makes
// where there is none, and the node's name, which is random and kept there.
// Without a data directory there is no folder.
func openFolder(data string) (node, dir string, err error) {
	if data == "" {
		return nuid.Next(), "", nil
	}
	dir = filepath.Join(data, folderName)
	if err := checkFolder(dir); errors.Is(err, fs.ErrNotExist) {
		if err := createFolder(dir); err != nil {
			return "", "", fmt.Errorf("journal: cannot make its folder: %w", err)
		}
	} else if err != nil {
		return "", "", err
	}
	node, err = readNode(dir)
	if errors.Is(err, fs.ErrPermission) {
		return "", "", fmt.Errorf("journal: %w", err)
	}
	if err != nil {
		return "", "", fmt.Errorf("journal: its folder is damaged: %w; %s", err, moveAwayAdvice(dir))
	}
	if node == "" || strings.Trim(node, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", "", fmt.Errorf("journal: %s is damaged; %s", filepath.Join(dir, nodeFile), moveAwayAdvice(dir))
	}
	return node, dir, nil
}

// moveAwayAdvice says what to do about a journal's folder with which no house opens.
func moveAwayAdvice(dir string) string {
	return fmt.Sprintf("move the folder %s away and restore a backup, or what teahouse salvage makes of it", dir)
}

// readNode returns the name of the node whose folder it is.
func readNode(dir string) (string, error) {
	name, err := os.ReadFile(filepath.Join(dir, nodeFile))
	return strings.TrimSpace(string(name)), err
}

// checkFolder returns nil for a journal's folder that can be read. The error is
// fs.ErrNotExist where there is none, or an empty one.
func checkFolder(dir string) error {
	found, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(found) == 0:
		return fs.ErrNotExist
	case err != nil:
		return fmt.Errorf("journal: %w", err)
	}
	version, err := os.ReadFile(filepath.Join(dir, versionFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && slices.ContainsFunc(found, func(f fs.DirEntry) bool { return f.Name() == nodeFile }):
		return fmt.Errorf("journal: %s is damaged: the file %s is gone; %s", dir, versionFile, moveAwayAdvice(dir))
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("journal: %s holds something else than a journal; move it away, or choose another data directory", dir)
	case err != nil:
		return fmt.Errorf("journal: %w", err)
	}
	text := strings.TrimSpace(string(version))
	if !isVersionNumber(text) {
		return fmt.Errorf("journal: %s is damaged; %s", filepath.Join(dir, versionFile), moveAwayAdvice(dir))
	}
	if err := checkVersion(text); err != nil {
		return fmt.Errorf("journal: %s %w; run the teahouse that wrote it, or choose another data directory", dir, err)
	}
	return nil
}

// updateFolderVersion notes in a folder, if there is one, that all in it is of the version
// of now.
func updateFolderVersion(dir string) error {
	if dir == "" {
		return nil
	}
	path, mark := filepath.Join(dir, versionFile), strconv.Itoa(formatVersion)+"\n"
	if version, err := os.ReadFile(path); err != nil || string(version) == mark {
		return err
	}
	return writeFileAtomic(path, []byte(mark), 0o600)
}

// createFolder makes an empty journal's folder: under another name at first, so
// that there is never half of one.
func createFolder(dir string) error {
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, versionFile), []byte(strconv.Itoa(formatVersion)+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, nodeFile), []byte(nuid.Next()+"\n"), 0o600); err != nil {
		return err
	}
	if err := syncFiles(fresh); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return err
	}
	return os.Rename(fresh, dir)
}
