//go:build unix

package main

import "syscall"

// inheritFileLimit lets started servers open as many files as chatbench. Go raises a program's
// own limit to the hard one, but gives its children the original limit unless the program has set
// one itself. If that fails, the server will report what it lacks.
func inheritFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}
