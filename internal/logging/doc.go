// Package logging makes the server's logger: charmbracelet/log, with a format for machines,
// addresses shortened if operators want that, and priorities for systemd's journal. Each process
// has one logger, and writes everything through it.
package logging
