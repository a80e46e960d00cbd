//go:build unix

package main

import "syscall"

// inheritFileLimit lets started servers have as many open files as chatbench.
// Go raises a program's own limit to the hard one, but gives its children the
// limit that was there before, unless the program has set one itself. A system
// that refuses leaves them that; then the server says what it lacks.
func inheritFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}
