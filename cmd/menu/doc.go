// Menu is a chat client with a menu, for people who would rather choose than remember commands.
//
// Usage:
//
//	menu [-ip address] [-port port]
//
// It connects to the plain TCP port of a chat server, 127.0.0.1:8888 by default, prints whatever
// the server sends, and shows a menu:
//
//	1  public chat
//	2  private chat
//	3  change your name
//	0  leave
//
// In public chat, each line that you type is said to everyone, spaces included. Private chat
// lists the users online, asks for a name, and sends each line to that user alone. In both, and
// wherever the program asks for a name, the line "exit" goes back one step; blanks around it do
// not matter. Full-width １ and ｅｘｉｔ work like 1 and exit.
//
// The end of the input (Ctrl-D, or the end of a pipe) leaves, as 0 does. Answers that are still
// on their way are printed first:
//
//	printf '3\nAnna\n1\nhello, room\n' | menu
//
// The program speaks Chinese or English, depending on LC_ALL, LC_MESSAGES and LANG or, on
// Windows, on the system's language if none of these is set.
//
// The exit status is 0 after leaving, 1 if the server cannot be reached or has closed the
// connection, and 2 if the command line is wrong.
//
// # What it sends
//
// There are four commands. Each is one line, sent in one write:
//
//	TEXT            public chat
//	who             list the users online
//	to|NAME|TEXT    private chat
//	rename|NAME     change the name
//
// Some servers take the result of one read for one message. For their sake, the program never
// sends a command in pieces, and pauses briefly between two commands.
//
// The server may not be trustworthy, so control characters in what it sends are dropped before
// they reach the terminal.
package main
