package command_test

import (
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
)

// Commands are recognized with full-width signs of input methods; texts stay as typed.
func TestCommandsHoweverWide(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"to｜bob｜secret", "root>bob: secret"},
		{"to｜bob|see ｜ and ３", "root>bob: see ｜ and ３"},
		{"to|bob｜secret", "root>bob: secret"},
		{"ｔｏ｜ｂｏｂ｜secret", "root>bob: secret"},
		{"TO|bob|secret", "root>bob: secret"},
		{"To | bob |secret", "root>bob: secret"},
		{"to|@bob|secret", "root>bob: secret"},
		{"to|“bob”|secret", "root>bob: secret"},
		{"　to|bob|secret", "root>bob: secret"},
		{"\ufeffto|bob|secret", "root>bob: secret"},
		{"to\u200b|bob|secret", "root>bob: secret"},
		{"/ｍsg bob secret", "root>bob: secret"},
		{"／msg bob ／secret", "root>bob: ／secret"},
		{"、msg bob secret", "root>bob: secret"},
		{" /msg bob secret", "root>bob: secret"},
		{"\n/msg bob secret", "root>bob: secret"},
		{"\u200b/msg bob secret", "root>bob: secret"},
		{"/msg　bob　secret", "root>bob: secret"},
		{"/msg @bob secret", "root>bob: secret"},
		{"/msg ＠bob： secret", "root>bob: secret"},
		{"/msg bob: secret", "root>bob: secret"},
		{"/msg bob, secret", "root>bob: secret"},
		{"/msg bob，secret", testkit.English(reply.NoSuchUser, "bob，secret")},
		{"/msg bob：secret", "root>bob: secret"},
		{"/msg @bob：see：x y", "root>bob: see：x y"},
		{"/msg bob：", testkit.English(reply.TalkingTo, "bob")},
		{"/msg tea pot：hot：now", "root>tea pot: hot：now"},
		{"/mute bob：１０m rude", "Muted: bob"},
		{"/msg “bob” “secret”", "root>bob: “secret”"},
		{"/msg 「bob」 secret", "root>bob: secret"},
		{"/msg @tea pot: hot", "root>tea pot: hot"},
		{"/msg ‘tea pot’ hot", "root>tea pot: hot"},
		{"/msg @bob", testkit.English(reply.TalkingTo, "bob")},
		{"/msg bob:", testkit.English(reply.TalkingTo, "bob")},
		{"ｗｈｏ", "here: root,bob,tea pot"},
		{"／who", "here: root,bob,tea pot"},
		{"、who", "here: root,bob,tea pot"},
		{"、wo", testkit.English(reply.UnknownSlashMeant, "/wo", "/who")},
		{"/whois “bob”", testkit.English(reply.WhoisGuest, "bob")},
		{"/whois ＂ｂｏｂ＂", testkit.English(reply.WhoisGuest, "bob")},
		{"/join ＃ｇｏ", "entered ｇｏ"},
		{"/join #go", "entered go"},
		{"/set ｌａｎｇ ｚｈ", testkit.English(reply.SetLang, "zh", "auto|en|zh|zh-TW")},
		{"/mute bob １０m rude ３", "Muted: bob"},
		{"/mute @bob", testkit.English(reply.MutedNow, "bob")},
		{"/ban 2001:db8:: １h", "Banned: 2001:db8::/64"},
		{"rename｜ＲＯＯＴ２", "root=ＲＯＯＴ２"},
		{"/nick １号", "root=１号"},
		{"/help ／nick", "Usage: /nick NAME"},
	} {
		h, root := roomtest.HubWithOperator(t)
		roomtest.Enter(t, h, roomtest.At("bob", ""))
		roomtest.Enter(t, h, roomtest.At("tea pot", ""))
		root.Client.Terminal = true
		roomtest.Read(t, root)
		root.HandleLine(test.line, roomtest.AnyForm)
		if got := strings.TrimPrefix(roomtest.Read(t, root), "~ "); !strings.HasPrefix(got, test.want) {
			t.Errorf("%q: %q, want %q", test.line, got, test.want)
		}
	}
}

// A line that is almost a private message is sent to nobody, and its sender is told how to write
// it, at a terminal and at a plain door.
func TestNearlyPrivateIsNotSaid(t *testing.T) {
	for _, line := range []string{
		"to|bob", "to｜bob", "to｜bob：secret", "to¦bob¦secret", "to│bob│secret", "TO|", "to||secret", "to|nobody|secret", " to｜｜x",
		"/msg", "/mgs bob secret", "／mgs bob secret", "、mgs bob secret", " /mgs bob secret", "/MSG bob secret", "/Ｍsg bob secret", "/ msg bob secret",
		"/msg. bob secret", "/msg/bob secret", "/to/bob/secret", "/reply", "/relpy secret", "/msg nobody secret", "msg bob secret", "Msg bob secret",
		"to bob secret", "to @bob secret", "/tell bob secret", "/w bob secret", "/\u200bmgs bob secret",
		"to bob|secret", "to bob: secret", "to bob：secret", "to:bob:secret", "to：bob：secret", "to,bob,secret", "to/bob/secret", "To “bob” secret",
		".msg bob secret", "\\msg bob secret", "。msg bob secret", "∕msg bob secret", ":msg bob secret", ".to bob secret", "msg:bob:secret", " /w bob secret", "、dm bob secret",
		"to Ann Lee secret", "to Ann Lee: secret",
	} {
		for _, forms := range []command.Syntax{roomtest.AnyForm, command.PipeSyntax} {
			if forms == command.PipeSyntax && !strings.ContainsAny(line, names.PipeBars+command.LookalikeBars) && !strings.Contains(strings.ToLower(line), "/msg") {
				continue // as in the originals
			}
			h, root := roomtest.HubWithOperator(t)
			bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
			roomtest.Enter(t, h, roomtest.At("Ann Lee", ""))
			root.Client.Terminal = true
			roomtest.Read(t, bob)
			roomtest.Read(t, root)
			root.HandleLine(line, forms)
			if got := roomtest.Read(t, bob); got != "" {
				t.Errorf("%q in forms %d: bob reads %q", line, forms, got)
			}
			if got := roomtest.Read(t, root); !strings.HasPrefix(got, "~ ") {
				t.Errorf("%q in forms %d: root reads %q", line, forms, got)
			}
		}
	}
}

// Paths, comments and sentences are messages, whatever they begin with.
func TestWhatBeginsLikeACommandIsSaid(t *testing.T) {
	for line, want := range map[string]string{
		"/usr/bin/env is missing": "",
		"/etc/hosts":              "",
		"/tmp/":                   "",
		"/.bashrc is gone":        "",
		"/README.md\nis new":      "",
		"/go/src/x":               "",
		"／usr／bin／env":            "",
		"// a comment":            "",
		"//usr":                   "/usr",
		"／／usr":                   "／usr",
		"//who":                   "/who",
		"/ is the root":           "",
		"  // indented":           "  // indented",
		" /usr is full":           " /usr is full",
		"、好的":                     "",
		"、":                       "",
		"to bobby: hi":            "",
		"to bob":                  "",
		"to bob.":                 "",
		"msg.go is broken":        "",
		"tobob|x":                 "",
		"to be or not":            "",
		"to | be | or":            "~ " + testkit.EnglishPart(reply.NoSuchUser, 0),
		"whoever｜x":               "",
		"renamed｜x":               "",
		"丨 a 丨":                   "",
		"a table | of | two":      "",
		"price：３ ＃１ “quoted” ／ ｜": "",
	} {
		h, root := roomtest.HubWithOperator(t)
		roomtest.Enter(t, h, roomtest.At("bob", ""))
		root.Client.Terminal = true
		roomtest.Read(t, root)
		root.HandleLine(line, roomtest.AnyForm)
		if want == "" {
			want = line
		}
		if !strings.HasPrefix(want, "~") {
			want = "root: " + want
		}
		if got := roomtest.Read(t, root); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// A user who mistakes the room for a shell is asked, and typing the line again sends it.
func TestMistakes(t *testing.T) {
	_, root := roomtest.HubWithOperator(t)
	root.Client.Terminal = true
	for _, test := range []struct{ line, want string }{
		{"help", "~ " + testkit.English(reply.HintHelp, "help")},
		{"help", "root: help"},
		{"help", "~ " + testkit.English(reply.HintHelp, "help")},
		{"Exit ", "~ " + testkit.English(reply.HintQuit, "Exit")},
		{"hello", "root: hello"},
		{"Exit ", "~ " + testkit.English(reply.HintQuit, "Exit")},
		{"quit", "~ " + testkit.English(reply.HintQuit, "quit")},
		{"logout", "~ " + testkit.English(reply.HintQuit, "logout")},
		{":q", "~ " + testkit.English(reply.HintQuit, ":q")},
		{"：ｑ", "~ " + testkit.English(reply.HintQuit, "：ｑ")},
		{"ls", "~ " + testkit.English(reply.HintList, "ls")},
		{"msg bob hi", "~ " + testkit.English(reply.HintMissingSlash, "msg", "#lobby")},
		{"msg bob hi", "root: msg bob hi"},
		{"//quit", "root: /quit"},
		{"/say quit", "root: quit"},
		{"help me", "root: help me"},
		{"ls -l lists more", "root: ls -l lists more"},
		{"exit\nis a word", "root: exit\nis a word"},
	} {
		roomtest.Read(t, root)
		root.HandleLine(test.line, roomtest.AnyForm)
		if got := roomtest.Read(t, root); got != test.want {
			t.Errorf("%q: %q, want %q", test.line, got, test.want)
		}
	}
	root.Client.Terminal = false // a plain door
	root.HandleLine("exit", command.PipeSyntax)
	if got := roomtest.Read(t, root); got != "root: exit" {
		t.Errorf("at a plain door: %q", got)
	}
}

// The same holds for ssh HOST COMMAND.
func TestCommandsByExecHoweverWide(t *testing.T) {
	h, _ := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, bob)
	for _, words := range []string{"ｔo @bob hi ３", "msg “bob” hi ３", "ｍｓｇ bob: hi ３"} {
		if _, err := roomtest.Command(t, h, "", strings.Fields(words)...); err != nil {
			t.Errorf("%s: %v", words, err)
		}
		if got := roomtest.Read(t, bob); !strings.HasSuffix(got, ">bob: hi ３") {
			t.Errorf("%s: bob reads %q", words, got)
		}
	}
	if e, err := roomtest.Command(t, h, "", "whois", "“bob”"); err != nil || !strings.HasPrefix(roomtest.Describe(e), "~ "+testkit.English(reply.WhoisGuest, "bob")) {
		t.Errorf("whois: %v", err)
	}
}

// A command that takes only a name shows its usage if something follows a quoted name.
func TestMoreThanAQuotedName(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Enter(t, h, roomtest.At("bob", "B"))
	for _, c := range command.All() {
		if c.Syntaxes&command.SlashSyntax == 0 || len(c.Params) != 1 || !command.IsNameParam(c.Params[0]) {
			continue
		}
		line := "/" + c.Names[0] + ` "bob" and more`
		if got := roomtest.Does(t, root, line); got != "~ "+testkit.English(reply.Usage, c.Usage(command.SlashSyntax)) {
			t.Errorf("%s: %s", line, got)
		}
	}
}
