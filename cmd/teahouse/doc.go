// Command teahouse is a chat server behind SSH.
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
// Each --listen opens a door, a listener with a protocol: ssh://:2222 for everybody with an SSH
// client, classic://127.0.0.1:8888 and the other dialects of package tcpd for nc and the programs
// of an older chat system. All of them lead to the same rooms. Run teahouse --help for the rest.
//
// This package only connects the others. It reads the flags, opens the journal and the listeners,
// and closes them in order on SIGINT or SIGTERM; a second signal ends the process at once. Flags
// can also be set in a file, which SIGHUP reads again.
//
//	config.go, subcommands.go     the flags with their defaults, and the subcommands
//	reload.go, applyconfig.go     which flags take effect in a running server, and how
//	serve.go, app.go, doors.go    starting and stopping the server
//	doctor.go                     calls package doctor, which makes the checks
//	backup.go, salvage.go, ...    the subcommands that need more than a few lines
//	natscredentials.go            the certificate and the other credentials for NATS servers
//
// What needs no flags is in packages of its own: cli, datadir, backupfile, doctor and logging, all
// below internal.
//
// A backup of a running server comes from that process, through a socket in the data directory. A
// service manager that started the process, such as systemd with Type=notify, is told that the
// server is ready, alive or stopping.
//
// # Goroutines
//
// There is one for each listener. While the server runs, there is one each to alert operators
// when the journal fails, to wait for SIGHUP, to watch each key file, to serve backups, to serve
// metrics if asked for, and to tell a service manager that asked for it that the server is alive.
// The last one takes the hub's lock first, so that a server that hangs does not count as alive.
// They end when the server stops, metrics last. While it stops, one more waits for the second
// signal.
package main
