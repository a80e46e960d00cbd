// Package doctor checks everything that a server needs before somebody starts it, or while it runs:
// the data directory and what is stored there, the host key, the disk, the NATS servers, the
// addresses, the files of keys, the limit of open files and the clock. It changes nothing. Each
// finding is a sentence that says what to do.
package doctor
