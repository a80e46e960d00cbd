// Command teahouse is a chat room that lives behind SSH.
//
//	teahouse [--listen URL]... [--data DIR] [--history LINES] [flags]
//	teahouse backup FILE [--data DIR]
//	teahouse restore FILE [--data DIR] [--nats URL]
//	teahouse move --nats URL [--data DIR]
//	teahouse salvage FILE [--data DIR]
//	teahouse trim [yes] --nats URL [--history LINES] [flags]
//	teahouse doctor [flags]
//	teahouse config [flags]
//	teahouse health --metrics ADDR
//	teahouse help [COMMAND]
//	teahouse version
//	teahouse man
//	teahouse completion bash|zsh|fish
//
// Each --listen opens a door: ssh://:2222 for everybody with an SSH client,
// classic://127.0.0.1:8888 and the other dialects of package tcpd for nc and
// the programs of an older chat system. All doors lead into the same room. Run
// teahouse --help for the rest.
//
// This package only wires: it reads the flags, opens the journal and the doors, and
// closes them in order when SIGINT or SIGTERM comes; a second one ends it at once.
// Flags may stand in a file, which SIGHUP has read again: what changes in a house
// that is open is in reload.go. A backup of a house that is open comes from the
// process that has it open, by a socket in the data directory. A service manager
// that started the process, as systemd does with Type=notify, is told when the
// doors are open, that the house is alive, and that it closes.
//
// # Goroutines
//
// One for each door serves it. While the house is open one tells operators when the journal
// fails, one waits for SIGHUP, one looks at each file of keys, one serves backups, one
// metrics where they are asked for, and one tells a service manager that asked for it that the
// house is alive: it takes the house's lock first, so a house that hangs is not said
// to be. As the house closes they end, those for metrics last; one more waits meanwhile
// for the second signal.
package main
