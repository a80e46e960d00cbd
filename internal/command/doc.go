// Package command is what people and programs can ask for: /who, rename|NEW, ssh HOST who. A
// [Runner] reads what one session types, and runs the command that it names; everything else that
// was typed is said.
//
// Each command is a file, named after it: its names and parameters, what help tells of it, and a
// function that runs it. kick.go is a short one to read first. The function gets a Runner and its
// parameters, looks at or changes the hub, and returns a reply or a refusal. It does so in one step:
//
//	st := s.Hub().Lock()
//	defer st.Unlock()
//
// Between the two, nobody comes, goes, gets another name or is banned, and what it sees is
// true until it has done its work. It must not wait before it unlocks: neither for the disk nor
// for another node. What it changes is stored before the user reads the answer; see
// [room.Session.Write].
//
// A reply is a value with fields, such as a [WhoReply]; a refusal is a code with arguments. Doors
// turn them into sentences, JSON, or a phrase of a dialect, so no function here writes English.
//
// runner.go is the way of a line; syntax.go knows the three syntaxes ([Syntax]), with the
// full-width signs of input methods; mistake.go asks before a line that was meant to be a command is
// said; scan.go lets those wait who look through a lot of
// data; complete.go is for the Tab key; target.go finds whom an operator means.
package command
