// Package backupfile reads and writes backups: JSON lines, compressed. A file begins with a gzip
// member for the host key; the journal's backup follows in a second one. A running server sends the
// same through a socket in its data directory.
package backupfile
