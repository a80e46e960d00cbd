// Command teahouse is a chat room that lives behind SSH.
//
//	teahouse [--listen URL]... [--data DIR] [--log-level LEVEL] [--log-format FORMAT]
//
// Each --listen opens a door: ssh://:2222 for everybody with an SSH client,
// classic://127.0.0.1:8888 and the other dialects of package tcpd for nc and
// the programs of an older chat system. All doors lead into the same room. Run
// teahouse --help for the rest.
//
// This package only wires: it reads the flags, opens the doors, and closes them
// in order when SIGINT or SIGTERM comes.
package main
