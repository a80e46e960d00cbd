// A bot that answers whoever says "ping". It needs nothing but the ssh client, and a
// key of its own, by which the house knows up to where it has read:
//
//	TEAHOUSE='ssh -p 2222 -i pong_key pong@chat.example.org' go run ./examples/bot
package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
)

func main() {
	ssh := strings.Fields(os.Getenv("TEAHOUSE"))
	run := func(words ...string) *exec.Cmd {
		cmd := exec.Command(ssh[0], append(ssh[1:len(ssh):len(ssh)], words...)...)
		cmd.Stderr = os.Stderr
		return cmd
	}
	room := run("follow", "--json", "--since", "last") // goes on where it stopped
	lines, err := room.StdoutPipe()
	if err != nil || room.Start() != nil {
		os.Exit(1)
	}
	for d := json.NewDecoder(lines); ; {
		var event struct{ Type, Name, Text string }
		if d.Decode(&event) != nil { // the house closed: whoever starts this starts it again
			os.Exit(1)
		}
		if event.Type == "message" && event.Text == "ping" {
			say := run("say")
			say.Stdin = strings.NewReader(event.Name + ": pong") // which needs no quoting
			_ = say.Run()
		}
	}
}
