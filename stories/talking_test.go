package stories

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Protects the small talk: what one does is told like something told, and a private
// word is answered to whom it came from.
func TestMeAndReply(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, li, nc := h.enter("alice"), h.enterChinese("小明"), h.nc("bob")
	alice.says("/me pours tea 倒茶")
	for _, s := range []*screen{alice, li} {
		s.shows("‹alice› pours tea 倒茶")
	}
	nc.sees("]alice:*pours tea 倒茶*\n")
	alice.says("/reply too early")
	alice.shows("! Nobody has sent you a private message yet.")
	li.says("/msg alice 在吗")
	alice.shows("[小明 to you] 在吗")
	alice.says("/reply yes, 在")
	alice.shows("[you to 小明] yes, 在")
	li.shows("[alice 对您说] yes, 在")
	li.says("/reply 好")
	li.shows("[您对 alice 说] 好")
	alice.shows("[小明 to you] 好")
	nc.types("the end")
	alice.shows("bob: the end")
	nc.hasNotSeen("在吗", "yes, 在")
}

// Protects those who go and make tea: who asks or writes is told so, with the reason,
// and a word that is said ends it.
func TestAwayAndBack(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, li := h.enter("alice"), h.enterChinese("小明")
	alice.says("/away making 茶")
	alice.shows("* You are away, as everybody sees who asks: making 茶.")
	li.says("/who")
	li.shows("* 共 2 人在这里：alice（离开）、小明")
	li.says("/msg alice 回来了吗")
	li.shows("* alice 暂时离开，之后会看到您的消息：making 茶")
	alice.shows("[小明 to you] 回来了吗")
	li.says("/whois alice")
	li.shows("起暂时离开：making 茶")
	alice.says("here I am")
	alice.shows("* You are back.")
	li.shows("alice: here I am")
	li.says("/who")
	li.shows("* 共 2 人在这里：alice、小明")

	li.says("/away")
	li.shows("* 您已标为暂时离开，别人查看时会知道。您一说话就算回来了。")
	alice.says("/who")
	alice.shows("* 2 here: alice, 小明 (away)")
	li.says("/back")
	li.shows("* 您回来了。")
	li.says("/back")
	li.shows("* 您没有离开。")
	alice.says("/who")
	alice.shows("* 2 here: alice, 小明\n")
}

// Protects a quiet screen: who does not want to read who comes and goes does not, and
// others do.
func TestQuiet(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice, li := h.enter("alice"), h.enterChinese("小明")
	alice.says("/quiet on")
	alice.shows("* quiet: on (off|on), without those who come and go")
	ask(t, with(h.ssh("carol"), "say", "nothing of it"))
	ask(t, h.ssh("carol", "-T"), "hello\n")
	dan := h.nc("dan")
	dan.types("before")
	alice.shows("carol: hello", "dan: before")
	li.shows("* carol 来了", "* carol 走了")
	alice.hides("carol joined", "carol left", "guest-1 joined")
	alice.says("/quiet")
	alice.shows("* quiet: off (off|on)")
	ask(t, h.ssh("dora", "-T"), "hello\n")
	alice.shows("* dora joined", "* dora left")
}

// Protects those who read clocks otherwise: 12 hours, none, or another place's.
func TestClocks(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, nc := h.enter("alice"), h.nc("bob")
	row := func(text, pattern string) {
		t.Helper()
		nc.types(text)
		alice.shows("bob: " + text)
		re := regexp.MustCompile(`(?m)^` + pattern + `bob: ` + text + `$`)
		if !re.MatchString(alice.text()) {
			t.Errorf("no row is %s in\n%s", re, alice.text())
		}
	}
	row("first", `[0-2][0-9]:[0-5][0-9] `)
	alice.says("/time 12")
	alice.shows("* clock: 12 (auto|24|12|off)")
	row("second", `1?[0-9]:[0-5][0-9][ap]m `)
	alice.says("/time off")
	alice.shows("* clock: off (auto|24|12|off)")
	row("third", ``)
	alice.says("/time 24")
	alice.shows("* clock: 24 (auto|24|12|off)")
	row("fourth", `[0-2][0-9]:[0-5][0-9] `)
	minutes := func(text string) string {
		t.Helper()
		row(text, `[0-2][0-9]:[0-5][0-9] `)
		return regexp.MustCompile(`([0-9:]{5}) bob: ` + text).FindStringSubmatch(alice.all())[1]
	}
	alice.says("/time Asia/Shanghai")
	alice.shows("* zone: Asia/Shanghai")
	east := minutes("fifth")
	alice.says("/time Europe/London")
	alice.shows("* zone: Europe/London")
	if west := minutes("sixth"); west[:2] == east[:2] {
		t.Errorf("it is %s in Shanghai and %s in London", east, west)
	}
	alice.says("/time Nowhere/Else")
	alice.shows("! time may be ", "Nothing was changed.")
}

// Protects those who look elsewhere: with bell and notify, their terminal calls them
// when somebody means them, in whatever room's words, and at nothing else.
func TestBellAndNotify(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice, nc := h.atTerminal("alice", "xterm-256color"), h.nc("bob")
	bells := func(want int, after string) {
		t.Helper()
		nc.types(after)
		alice.sees("bob: " + after)
		if n := strings.Count(alice.out.String(), "\a"); n != want {
			t.Errorf("after %s it has rung %d times, not %d", after, n, want)
		}
	}
	nc.types("alice, before")
	bells(0, "one")
	alice.enters("/bell on")
	alice.sees("bell: on (off|on), rings when somebody means you")
	bells(0, "two")
	nc.types("is alice here?")
	bells(1, "three")
	alice.enters("alice says alice")
	alice.sees("alice: alice says alice")
	bells(1, "four")
	nc.types("to|alice|psst")
	bells(2, "five")
	alice.enters("/bell off")
	alice.sees("bell: off")
	nc.types("alice!")
	bells(2, "six")

	alice.enters("/notify on")
	alice.sees("notify: on (off|on), a sign of your terminal when somebody means you")
	bells(2, "seven")
	nc.types("hello Alice")
	bells(3, "eight") // nobody knows what her terminal shows

	kit := h.atTerminal("kit", "xterm-kitty")
	kit.sees("Welcome")
	kit.enters("/notify on")
	kit.sees("notify: on")
	nc.types("not for him", "Kit: 4;1;50")
	kit.matches(`\x1b\]99;;teahouse: bob means you in #lobby: Kit: 4,1,50\x1b\\`)
	nc.types("the end")
	kit.sees("bob: the end")
	if out := kit.out.String(); strings.Count(out, "\x1b]9") != 1 || strings.Contains(out, "\a") {
		t.Errorf("there is more than one sign, or a bell: %q", out)
	}

	li := launch(t, slices.Concat([]string{"env", "LC_TERMINAL=iTerm2"}, inChinese(h.ssh("小明", "-tt", "-o", "SendEnv=LC_TERMINAL")))...)
	li.sees("欢迎来到 teahouse，小明")
	li.enters("/notify on")
	li.sees("notify：on（off|on），有人提到您时由终端提醒")
	nc.types("问问小明")
	li.matches(`\x1b\]9;teahouse: bob 在 #lobby 提到了您：问问小明\x1b\\`)
}

// Protects settings from a restart: they are kept with the key, and nobody else has them.
func TestSettingsLast(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	id := newKey(t)
	alice := h.enterAs("alice", id)
	alice.says("/lang zh")
	alice.shows("* lang：zh（auto|en|zh|zh-TW），界面语言")
	alice.says("/set theme ink")
	alice.shows("* theme：ink（")
	alice.says("/time 12")
	alice.shows("* clock：12（")
	alice.says("/quiet on")
	alice.shows("* quiet：on（")
	alice.says("/set nonsense 1")
	alice.shows("! ")
	alice.types("\x15") // what was refused is in the row again
	alice.says("/lang xx")
	alice.shows("! lang ", "auto|en|zh|zh-TW")

	h = h.again()
	alice = open(t, h.sshAs("alice", key(id)...)...)
	alice.shows("* 欢迎来到 teahouse，alice。")
	alice.says("/set")
	alice.shows("* lang：zh（auto|en|zh|zh-TW），界面语言", "* theme：ink（auto|tea|ink|bright），配色",
		"* clock：12（auto|24|12|off），每行时间的样子", "* zone：auto（", "* plain：off（off|on）", "* quiet：on（off|on）",
		"* bell：off（off|on）", "* notify：off（off|on）")
	bob := h.enterChinese("bob", newKey(t))
	bob.says("/lang en")
	bob.shows("* lang: en (auto|en|zh|zh-TW), the language you read")
	bob.says("/set")
	bob.shows("* theme: auto (", "* notify: off (off|on)")
	bob.says("tea?")
	alice.showsStyled(`[ap]m\x1b\[0m \x1b\[1mbob\x1b\[0m✓: tea\?`)
	alice.hides("bob✓ 来了")
	alice.says("/lang auto")
	alice.shows("* lang: auto (auto|en|zh|zh-TW), the language you read")
}

// Protects people who are new: help fits a screen of 24 rows, in both languages, and
// explains each command.
func TestHelpFitsTheScreen(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	for s, texts := range map[*screen][]string{
		h.enter("alice"): {
			"/who  ", "// begins a line with /.", "/join #ROOM",
			"* Usage: /join #ROOM", "* Goes to a room. Where there is none of that name you found it; that needs a key.", "* Example: /join #go",
			"/lang auto|en|zh|zh-TW", "/part",
		},
		h.enterChinese("小明"): {
			"/who  ", "以 / 开头的话请写成 //。", "/join #ROOM",
			"* 用法：/join #ROOM", "* 去一个房间。没有这个名字的房间时新建一个，需要密钥。", "* 例如：/join #go",
			"/lang auto|en|zh|zh-TW", "/part",
		},
	} {
		s.presses("C-l")
		s.says("/help")
		s.shows(texts[1])
		s.rowIs(">")
		visible := s.text()
		for _, text := range texts[:3] {
			if !strings.Contains(visible, text) {
				t.Errorf("%q is not on the screen:\n%s", text, visible)
			}
		}
		for _, row := range strings.Split(visible, "\n") {
			if strings.HasPrefix(row, "╎") || strings.HasPrefix(row, "    ╎") {
				t.Errorf("a row of help is folded: %s", row)
			}
		}
		s.says("/help join")
		s.shows(texts[3:6]...)
		s.says("/help settings")
		s.shows(texts[6])
		s.says("/help rooms")
		s.shows(texts[7])
		s.says("/help /hsitory")
		s.shows("/history")
	}
}

// Protects those who have the screen read to them, and terminals that know nothing:
// there is text alone, an event is a line, and words say what marks say to others.
func TestPlain(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	id := newKey(t)
	bob := h.enterAs("bob", id)
	dumb := h.atTerminal("alice", "dumb")
	li := launch(t, onTerm("dumb", inChinese(h.ssh("小明", "-tt")))...)
	li.sees("欢迎来到 teahouse，小明")
	switched := h.atTerminal("carol", "xterm-256color")
	switched.enters("/set plain on")
	switched.sees("plain: on (off|on), without colours")
	ask(t, with(h.ssh("dora"), "say", "a barrier"))
	switched.sees("dora: a barrier")

	long := strings.TrimSpace(strings.Repeat("many words of tea ", 20))
	bob.says(long)
	bob.types("first")
	bob.presses("M-Enter")
	bob.says("second")
	bob.says("alice, 小明 and carol: *tea* at https://example.com/")
	bob.says("/nick bert")
	bob.says("the end")
	for _, c := range []*client{dumb, switched} {
		c.sees("\nbob (verified): "+long+"\r\n", "\nbob (verified): first ⏎ second\r\n",
			"\nbob (verified), to you: alice, 小明 and carol: *tea* at https://example.com/\r\n",
			"\n* bob (verified) is now called bert (verified)\r\n", "\nbert (verified): the end\r\n")
	}
	li.sees("\nbob（已验证）: "+long+"\r\n", "\nbob（已验证） 对您: alice, 小明", "\n* bob（已验证） 改名为 bert（已验证）\r\n", "the end")

	dumb.sends("hello")
	dumb.sees("\r\nhello")
	bob.says("an interruption")
	dumb.sees("hello\r\nbert (verified): an interruption\r\n#lobby > hello")
	dumb.sends("\x7f\x7f\r")
	dumb.sees("alice: hel\r\n")
	dumb.sends("/hist\t")
	dumb.sees("/history ")
	dumb.sends("\x03")
	switched.sends("be\t!\r")
	switched.sees("carol: bert: !\r\n")
	for name, c := range map[string]*client{"dumb": dumb, "小明": li} {
		if i := strings.IndexByte(c.out.String(), '\x1b'); i >= 0 {
			t.Errorf("%s is sent %.40q", name, c.out.String()[i:])
		}
	}
	_, since, _ := strings.Cut(switched.out.String(), "dora: a barrier")
	if i := strings.IndexByte(since, '\x1b'); i >= 0 {
		t.Errorf("carol is sent %.40q", since[i:])
	}
	if !strings.Contains(switched.out.String(), "\x1b[?2004l") || strings.Count(switched.out.String(), "\x1b[?2004h") != 1 {
		t.Error("pastes are still to be marked")
	}
	switched.enters("/set plain off")
	switched.sees("plain: off")
	switched.matches(`\x1b\[\?2004h(?s:.*)\x1b\[\?2004h`)
}

// Protects the same from marks around what one does: it is said once that it is no
// talk.
func TestPlainAction(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	dumb := h.atTerminal("alice", "dumb")
	ask(t, with(h.ssh("bob"), "me", "waves")).want(t, 0, "", "")
	ask(t, with(h.ssh("bob"), "say", "the end")).want(t, 0, "", "")
	dumb.sees("bob: the end")
	if !regexp.MustCompile(`\n(‹bob› waves|bob: \*waves\*)\r\n`).MatchString(dumb.out.String()) {
		t.Errorf("what bob does is told in %q", dumb.out.String())
	}
}
