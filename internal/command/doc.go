// Package command reads what people and programs type, and runs the commands in it: /who,
// rename|NEW, ssh HOST who. A [Runner] does so for one session; everything else is said in the
// room.
//
// A [Command] is a value: its names and parameters, where it works, what help says about it, how
// Tab completes it, and a function that runs it. The commands are in package builtin, a file each,
// and come here by [Register]; this package knows their names only to order them in help and to
// guess what somebody meant. Bots register commands of their own while the server runs; see
// botcommands.go.
//
// A reply is a value with fields, such as a [HistoryPage]; a refusal is a code with arguments. Doors
// turn them into sentences, JSON, or a phrase of a dialect, so no function here writes English.
//
//	runner.go         the path of a line, from the reader to its answer
//	syntax.go         the three syntaxes, with the full-width signs of input methods
//	scan.go           commands that look through a lot of data wait for their turn
//	command.go        what a command is
//	registry.go       all commands
//	helporder.go      the groups of help, and the order in them
//	complete.go       the Tab key
//	suggest.go        did you mean …?
//	mistake.go        asks before a line that was meant to be a command is said
//	recipient.go      whom a session talks to, after /msg with only a name
//	audit.go          what is recorded of what operators and owners of rooms do
//	rename.go         taking another name
//	page.go           pages of messages, for /history, /search and /more
//	botcommands.go    the commands of bots
//	textreply.go      replies that consist of sentences
package command
