package main

import (
	"errors"
	"fmt"
	"io"

	"teahouse/internal/backupfile"
	"teahouse/internal/datadir"
	"teahouse/journal"
	"teahouse/keys"
)

// maxListedErrors is how many unreadable places are listed for each stream.
const maxListedErrors = 20

// salvage writes everything that can be read in a damaged data directory to a file for restore,
// and says on w what is damaged. It changes nothing in the directory.
func salvage(c config, w io.Writer) error {
	unlock, err := datadir.LockExisting(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	hostKey, err := readHostKey(c.Data)
	if err != nil {
		fmt.Fprintf(w, "The host key is not saved: %v\n", err)
	}
	err = backupfile.Create(c.Salvage.File, func(file io.Writer) error {
		if err := backupfile.WriteHeader(file, hostKey); err != nil {
			return err
		}
		found, err := journal.Salvage(c.Data, file)
		printSalvaged(w, found)
		if errors.Is(err, journal.ErrNoData) {
			return fmt.Errorf("there is nothing to salvage: %w; say where the data directory is with --data", err)
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Saved what can be read of %s: %s, to %s.\n", c.Data, backupfile.Describe(c.Salvage.File), c.Salvage.File)
	return nil
}

// readHostKey returns the contents of the host key's file if it is valid: restore would refuse
// any other.
func readHostKey(dir string) ([]byte, error) {
	file, err := keys.ExportHostKey(dir)
	if err == nil && file == nil {
		err = errors.New("there is none")
	}
	if err == nil {
		_, err = keys.ParseHostKey(file)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// printSalvaged says what was found of each stream.
func printSalvaged(w io.Writer, all []journal.SalvageReport) {
	for _, s := range all {
		fmt.Fprintf(w, "%s: %d saved%s\n", s.Stream, s.Recovered, describeLoss(s))
		for i, wrong := range s.Errors {
			if i == maxListedErrors {
				fmt.Fprintf(w, "  and %d more\n", len(s.Errors)-i)
				break
			}
			fmt.Fprintf(w, "  %v\n", wrong)
		}
	}
}

// describeLoss says what is missing of a stream.
func describeLoss(s journal.SalvageReport) string {
	text := ", an unknown number lost."
	switch {
	case len(s.Errors) == 0 && s.Lost <= 0:
		return ", nothing is damaged."
	case s.Lost >= 0:
		text = fmt.Sprintf(", %d lost.", s.Lost)
	}
	if s.Uncertain > 0 {
		text += fmt.Sprintf(" %d of the saved ones may be outdated: what can't be read may have changed or deleted them.", s.Uncertain)
	}
	return text
}
