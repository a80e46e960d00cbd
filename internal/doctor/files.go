package doctor

import (
	"context"
	"os"

	"teahouse/internal/datadir"
	"teahouse/keys"
)

// checkKeys checks the key files.
func (d *doctor) checkKeys(context.Context) (findings []finding) {
	for _, f := range d.KeyFiles {
		if f.Path != "" {
			findings = append(findings, checkKeyFile(f.Flag, f.Path)...)
		}
	}
	return findings
}

func checkKeyFile(flag, file string) []finding {
	l, err := keys.ReadList(file)
	if err != nil {
		return newFinding(severityError, "The file of %s cannot be used: %v.", flag, err)
	}
	if f := checkFileMode("The file of "+flag, file); f != nil {
		return f
	}
	if l.Len() == 0 {
		return newFinding(severityWarning, "The file of %s, %s, has no keys; put a public key on each line.", flag, file)
	}
	return newFinding(severityOK, "The file of %s, %s, can be read; keys in it: %d.", flag, file, l.Len())
}

// checkFileMode returns a finding if anybody but its owner may change a file, because that would
// give them power over the server.
func checkFileMode(what, file string) []finding {
	info, err := os.Stat(file)
	if err != nil {
		return newFinding(severityError, "%s can't be examined: %v.", what, err)
	}
	if datadir.OthersMode(info)&0o022 == 0 {
		return nil
	}
	return newFinding(severityError, "%s, %s, can be changed by others (mode %#o); run chmod go-w on it.", what, file, info.Mode().Perm())
}
