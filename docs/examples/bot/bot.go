// A bot that answers "ping" with "pong". It keeps the id of the last line it has finished with in
// a file, so it misses nothing and reads nothing twice, whatever crashes:
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
	held, _ := room.StdinPipe() // closes when this program dies, which ends that ssh too
	lines, _ := room.StdoutPipe()
	room.Stderr = os.Stderr
	_ = room.Start()
	_, _ = held.Write([]byte("\n"))
	e := struct{ Type, ID, Name, Text string }{ID: string(id)}
	for d := json.NewDecoder(lines); d.Decode(&e) == nil && e.Type != "missed"; {
		if say := ssh("say"); e.Type == "message" && e.Text == "ping" {
			say.Stdin = strings.NewReader(e.Name + ": pong") // needs no quoting
			_ = say.Run()
		}
		_ = os.WriteFile(os.Args[1]+".new", []byte(e.ID), 0o600)
		_ = os.Rename(os.Args[1]+".new", os.Args[1]) // in one step, so that there is always exactly one id
	}
	_ = held.Close()
	os.Exit(1) // start it again, and it continues where it stopped
}
