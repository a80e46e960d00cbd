package sshd

import (
	"strings"
	"testing"

	"teahouse/room"
)

// The three kinds of session meet in one room.
func TestChatCommandAndPipe(t *testing.T) {
	h := open(t, nil)
	alice := join(t, h.dial(t, "alice"), true)
	alice.reads("Welcome to teahouse, alice.")

	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("* bob joined")
	alice.reads("bob joined")
	bob.types("/usr is said by a pipe\n")
	alice.reads("bob: /usr is said by a pipe")
	bob.reads("bob: /usr is said by a pipe")

	alice.types("hello 你好\r")
	bob.reads("alice: hello 你好")
	alice.types("/msg bob psst\r")
	alice.reads("[you to bob] psst")
	bob.reads("[alice to you] psst")

	carol := h.dial(t, "carol")
	if out, errs, code := run(t, carol, "who"); out != "alice\nbob\n" || errs != "" || code != 0 {
		t.Errorf("who: %q, %q, %d", out, errs, code)
	}
	if out, errs, code := run(t, carol, "say   'hi   all'  you"); out != "" || errs != "" || code != 0 {
		t.Errorf("say: %q, %q, %d", out, errs, code)
	}
	bob.reads("carol: hi   all you")
	if _, errs, code := run(t, carol, "to bob it's me"); errs != "" || code != 0 {
		t.Errorf("to: %q, %d", errs, code)
	}
	bob.reads("[carol to you] it's me")

	bob.types("the last line, without an end")
	bob.in.Close()
	bob.reads("bob: the last line, without an end")
	if code := bob.wait(); code != exitDone {
		t.Errorf("the pipe's exit code is %d", code)
	}
	alice.reads("bob left")
	alice.types("/quit\r")
	if code := alice.wait(); code != exitDone {
		t.Errorf("the chat's exit code is %d", code)
	}
	if n := h.House.Online(); n != 0 {
		t.Errorf("%d are online in the end", n)
	}
}

func TestCommandsThatAreRefused(t *testing.T) {
	h := open(t, nil)
	client := h.dial(t, "bob")
	tests := []struct {
		command, stderr string
		code            int
	}{
		{"to nobody hi", "There is nobody named nobody here.\n", exitRefused},
		{"say ''", "Nothing to say: the line is empty.\n", exitRefused},
		{"say " + strings.Repeat("x", room.MaxText+1), "That is too long: a line may have 4,095 bytes. Nothing was said.\n", exitRefused},
		{"say", "Usage: say TEXT\n", exitUsage},
		{"sai hello", "There is no command sai. Did you mean say?\n", exitUsage},
		{"nick x", "nick needs a terminal: come in with ssh HOST, and type /nick.\n", exitUsage},
		{"help away", "away needs a terminal: come in with ssh HOST, and type /away.\n", exitUsage},
		{"join tea", string(room.JoinTerminal) + "\n", exitUsage},
		{"invite alice", "Write to which room, as in invite --room ROOM alice.\n", exitUsage},
		{"''", "There is no command . Ask help for a list.\n", exitUsage},
		{"\x1b[31m\u202e", "There is no command . Ask help for a list.\n", exitUsage},
	}
	for _, test := range tests {
		if out, errs, code := run(t, client, test.command); out != "" || errs != test.stderr || code != test.code {
			t.Errorf("%.20q: %q, %q, %d", test.command, out, errs, code)
		}
	}
}

// A command that finds its name taken says under which one it spoke.
func TestCommandUnderAnotherName(t *testing.T) {
	h := open(t, nil)
	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("joined")
	_, errs, code := run(t, h.dial(t, "bob"), "say hi")
	if code != 0 || errs != "The name bob is taken, so you are bob-2 here.\n" {
		t.Errorf("%q, %d", errs, code)
	}
	bob.reads("bob-2: hi")
}

// What a pipe may not say is told on standard error, and by the exit code; the
// rest is said.
func TestPipeWithLinesThatAreRefused(t *testing.T) {
	h := open(t, nil)
	bob := join(t, h.dial(t, "bob"), false)
	bob.types("one\n" + strings.Repeat("x", 1<<20) + "\n\n\xff\xfe\ntwo\n")
	bob.in.Close()
	all := bob.reads("two")
	if code := bob.wait(); code != exitRefused {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(all, "bob: one\nbob: two\n") {
		t.Errorf("said:\n%.500s", all)
	}
	want := "That is too long: a line may have 4,095 bytes. Nothing was said.\nThat is not valid UTF-8. Nothing was said.\n"
	if got := bob.stderr.String(); got != want {
		t.Errorf("on standard error:\n%swant\n%s", got, want)
	}
}

// People whose terminal is Chinese are spoken to in Chinese; NO_COLOR is heard.
func TestEnvironment(t *testing.T) {
	h := open(t, nil)
	p := join(t, h.dial(t, "张三"), true, "LANG", "zh_CN.UTF-8", "NO_COLOR", "1")
	p.reads("* 欢迎来到 teahouse，张三。")
	p.types("/nick a|b\r")
	p.reads("! 名字里不能有 |。")
	p.types("\x03")
	p.reads("* 要离开，请输入 /quit 或按 ^D。")
	p.types("\x04")
	if code := p.wait(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}
