// A bot that answers whoever says "ping". With a file for the id of the last line that
// it is done with it misses nothing and reads nothing twice, whatever dies:
//
//	TEAHOUSE='ssh -p 2222 -i pong_key pong@chat.example.org' go run ./docs/examples/bot pong.id
package main

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
)

func ssh(words ...string) *exec.Cmd {
	words = append(strings.Fields(os.Getenv("TEAHOUSE")), words...)
	return exec.Command(words[0], words[1:]...)
}

func main() {
	id, _ := os.ReadFile(os.Args[1])
	room := ssh("follow", "--json", "--since", cmp.Or(string(id), "last"))
	held, _ := room.StdinPipe() // closes when this program dies: then that ssh ends, too
	lines, _ := room.StdoutPipe()
	room.Stderr = os.Stderr
	_ = room.Start()
	_, _ = held.Write([]byte("\n"))
	e := struct{ Type, ID, Name, Text string }{ID: string(id)}
	for d := json.NewDecoder(lines); d.Decode(&e) == nil && e.Type != "missed"; {
		if say := ssh("say"); e.Type == "message" && e.Text == "ping" {
			say.Stdin = strings.NewReader(e.Name + ": pong") // which needs no quoting
			_ = say.Run()
		}
		_ = os.WriteFile(os.Args[1]+".new", []byte(e.ID), 0o600)
		_ = os.Rename(os.Args[1]+".new", os.Args[1]) // in one step: there is an id at any time
	}
	_ = held.Close()
	os.Exit(1) // whoever starts this starts it again: it goes on where it stopped
}
