// Menu is a chat client with a menu, for people who would rather choose than
// remember commands.
//
// Usage:
//
//	menu [-ip address] [-port port]
//
// It connects to a chat server's plain TCP door, 127.0.0.1:8888 unless told
// otherwise, prints what the server sends as it comes, and shows a menu:
//
//	1  public chat
//	2  private chat
//	3  change your name
//	0  leave
//
// In public chat each line typed is said to everyone, spaces and all. Private
// chat lists who is there, asks for a name, and sends each line typed to that
// person alone. In both, and wherever a name is asked for, a line that is
// exit, with or without blanks around it, goes back one step. Full-width １
// and ｅｘｉｔ do the same as 1 and exit.
//
// The end of the input (Ctrl-D, or the end of a pipe) leaves, as 0 does, and
// the answers that are still on their way are printed first:
//
//	printf '3\nAnna\n1\nhello, room\n' | menu
//
// It speaks Chinese or English, as LC_ALL, LC_MESSAGES or LANG tells, and on Windows,
// where none of these is set, as Windows does.
//
// The exit status is 0 after leaving, 1 where the server could not be reached
// or has gone away, and 2 where the command line was wrong.
//
// # What it sends
//
// Four commands, each one line in one write:
//
//	TEXT            public chat
//	who             who is there
//	to|NAME|TEXT    private chat
//	rename|NAME     change the name
//
// Some servers take whatever one read returns for one message. To be
// understood by them too, a command is never written in pieces, and two
// commands never follow each other without a short pause.
//
// The server may be someone else's, so the control characters in what it sends
// are dropped and cannot reach the terminal.
package main
