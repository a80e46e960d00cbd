// Package builtin has the commands of the server, as opposed to those that bots register: /who,
// /join, /ban. Whoever imports it has all of them; a door does, because it shows their replies.
//
// Each command is one file, named after it: what it takes, where it works, what help says about it
// in three languages, an example, and the function that runs it. kick.go is a short one to read
// first. The function gets a [command.Runner] and its parameters, looks at or changes the hub, and
// returns a reply or a refusal. It does so in one step:
//
//	st := s.Hub().Lock()
//	defer st.Unlock()
//
// Between the two, nobody comes, goes, gets another name or is banned, so what the function sees
// stays true until it is done. It must not wait before it unlocks: neither for the disk nor for
// another node. What it changes is stored before the user reads the answer; see
// [room.Session.Write].
//
// Some files are not commands. They have what several commands share:
//
//	penalties.go       what /ban, /mute, /unban and /unmute do alike
//	target.go          whom an operator means: a name, a key, an address, a network
//	serversettings.go  what /motd, /topic, /slow and /lockdown do alike
//	numberparam.go     numbers as parameters
//
// set.go also has the commands that change one setting, such as /bell.
package builtin
