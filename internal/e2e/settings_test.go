package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects small talk: an action is shown like a message, and /reply goes to the sender of the last
// private message.
func TestMeAndReply(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, li, nc := h.enter("alice"), h.enterChinese("小明"), h.nc("bob")
	alice.enterLine("/me pours tea 倒茶")
	for _, s := range []*screen{alice, li} {
		s.expect("‹alice› pours tea 倒茶")
	}
	nc.expect("]alice:*pours tea 倒茶*\n")
	alice.enterLine("/reply too early")
	alice.expect("! " + testkit.English(reply.NobodyToReply))
	li.enterLine("/msg alice 在吗")
	alice.expect("[小明 to you] 在吗")
	alice.enterLine("/reply yes, 在")
	alice.expect("[you to 小明] yes, 在")
	li.expect("[alice 对您说] yes, 在")
	li.enterLine("/reply 好")
	li.expect("[您对 alice 说] 好")
	alice.expect("[小明 to you] 好")
	nc.sendLines("the end")
	alice.expect("bob: the end")
	nc.expectNot("在吗", "yes, 在")
}

// Protects users who are away: others who ask or write are told so, with the reason, and saying
// anything ends it.
func TestAwayAndBack(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, li := h.enter("alice"), h.enterChinese("小明")
	alice.enterLine("/away making 茶")
	alice.expect("* " + testkit.EnglishPart(reply.AwayNowReason, 0) + "making 茶.")
	li.enterLine("/who")
	li.expect("* 共 2 人在这里：" + testkit.Chinese("sshd-away-name", "alice") + "、小明")
	li.enterLine("/msg alice 回来了吗")
	li.expect("* " + testkit.Chinese(reply.RecipientAwayReason, "alice", "making 茶"))
	alice.expect("[小明 to you] 回来了吗")
	li.enterLine("/whois alice")
	li.expect("起暂时离开：making 茶")
	alice.enterLine("here I am")
	alice.expect("* " + testkit.English(reply.BackNow))
	li.expect("alice: here I am")
	li.enterLine("/who")
	li.expect("* 共 2 人在这里：alice、小明")

	li.enterLine("/away")
	li.expect("* " + testkit.Chinese(reply.AwayNow))
	alice.enterLine("/who")
	alice.expect("* 2 here: alice, 小明 (away)")
	li.enterLine("/back")
	li.expect("* " + testkit.Chinese(reply.BackNow))
	li.enterLine("/back")
	li.expect("* " + testkit.Chinese(reply.NotAway))
	alice.enterLine("/who")
	alice.expect("* 2 here: alice, 小明\n")
}

// Protects a quiet screen: users can hide joins and leaves, and others still see them.
func TestQuiet(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice, li := h.enter("alice"), h.enterChinese("小明")
	alice.enterLine("/quiet on")
	alice.expect("* " + testkit.English(reply.SetQuiet, "on", "off|on"))
	runClient(t, withCommand(h.ssh("carol"), "say", "nothing of it"))
	runClient(t, h.ssh("carol", "-T"), "hello\n")
	dan := h.nc("dan")
	dan.sendLines("before")
	alice.expect("carol: hello", "dan: before")
	li.expect("* carol 来了", "* carol 走了")
	alice.expectNot("carol joined", "carol left", "guest-1 joined")
	alice.enterLine("/quiet")
	alice.expect("* quiet: off (off|on)")
	runClient(t, h.ssh("dora", "-T"), "hello\n")
	alice.expect("* dora joined", "* dora left")
}

// Protects users with other clocks: 12 hours, none, or another time zone.
func TestClocks(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, nc := h.enter("alice"), h.nc("bob")
	row := func(text, pattern string) {
		t.Helper()
		nc.sendLines(text)
		alice.expect("bob: " + text)
		re := regexp.MustCompile(`(?m)^` + pattern + `bob: ` + text + `$`)
		if !re.MatchString(alice.text()) {
			t.Errorf("no row matches %s on alice's screen:\n%s", re, alice.text())
		}
	}
	row("first", `[0-2][0-9]:[0-5][0-9] `)
	alice.enterLine("/time 12")
	alice.expect("* clock: 12 (auto|24|12|off)")
	row("second", `1?[0-9]:[0-5][0-9][ap]m `)
	alice.enterLine("/time off")
	alice.expect("* clock: off (auto|24|12|off)")
	row("third", ``)
	alice.enterLine("/time 24")
	alice.expect("* clock: 24 (auto|24|12|off)")
	row("fourth", `[0-2][0-9]:[0-5][0-9] `)
	minutes := func(text string) string {
		t.Helper()
		row(text, `[0-2][0-9]:[0-5][0-9] `)
		return regexp.MustCompile(`([0-9:]{5}) bob: ` + text).FindStringSubmatch(alice.all())[1]
	}
	alice.enterLine("/time Asia/Shanghai")
	alice.expect("* zone: Asia/Shanghai")
	east := minutes("fifth")
	alice.enterLine("/time Europe/London")
	alice.expect("* zone: Europe/London")
	if west := minutes("sixth"); west[:2] == east[:2] {
		t.Errorf("messages show %s in Shanghai and %s in London", east, west)
	}
	alice.enterLine("/time Nowhere/Else")
	alice.expect("! " + testkit.English(reply.NoSuchTime))
}

// Protects users who look elsewhere: with bell and notify, their terminal alerts them when they are
// mentioned, in any room, and at nothing else.
func TestBellAndNotify(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice, nc := h.sshTTY("alice", "xterm-256color"), h.nc("bob")
	bells := func(want int, after string) {
		t.Helper()
		nc.sendLines(after)
		alice.expect("bob: " + after)
		if n := strings.Count(alice.out.String(), "\a"); n != want {
			t.Errorf("after %s the bell has rung %d times, want %d", after, n, want)
		}
	}
	nc.sendLines("alice, before")
	bells(0, "one")
	alice.enterLine("/bell on")
	alice.expect(testkit.English(reply.SetBell, "on", "off|on"))
	bells(0, "two")
	nc.sendLines("is alice here?")
	bells(1, "three")
	alice.enterLine("alice says alice")
	alice.expect("alice: alice says alice")
	bells(1, "four")
	nc.sendLines("to|alice|psst")
	bells(2, "five")
	alice.enterLine("/bell off")
	alice.expect("bell: off")
	nc.sendLines("alice!")
	bells(2, "six")

	alice.enterLine("/notify on")
	alice.expect(testkit.English(reply.SetNotify, "on", "off|on"))
	bells(2, "seven")
	nc.sendLines("hello Alice")
	bells(3, "eight") // it is unknown what her terminal shows

	kit := h.sshTTY("kit", "xterm-kitty")
	kit.expect("Welcome")
	kit.enterLine("/notify on")
	kit.expect("notify: on")
	nc.sendLines("not for him", "Kit: 4;1;50")
	kit.expectMatch(testkit.English("sshd-mention-alert", `\x1b\]99;;teahouse: bob`, "lobby", `Kit: 4,1,50\x1b\\`))
	nc.sendLines("the end")
	kit.expect("bob: the end")
	if out := kit.out.String(); strings.Count(out, "\x1b]9") != 1 || strings.Contains(out, "\a") {
		t.Errorf("the terminal was notified more than once, or by a bell: %q", out)
	}

	li := launch(t, slices.Concat([]string{"env", "LC_TERMINAL=iTerm2"}, withChinese(h.ssh("小明", "-tt", "-o", "SendEnv=LC_TERMINAL")))...)
	li.expect("欢迎来到 teahouse，小明")
	li.enterLine("/notify on")
	li.expect(testkit.Chinese(reply.SetNotify, "on", "off|on"))
	nc.sendLines("问问小明")
	li.expectMatch(testkit.Chinese("sshd-mention-alert", `\x1b\]9;teahouse: bob`, "lobby", `问问小明\x1b\\`))
}

// Protects settings from a restart: they are stored with the key, and apply to nobody else.
func TestSettingsLast(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	alice := h.enterAs("alice", id)
	alice.enterLine("/lang zh")
	alice.expect("* " + testkit.Chinese(reply.SetLang, "zh", "auto|en|zh|zh-TW"))
	alice.enterLine("/set theme ink")
	alice.expect("* theme：ink（")
	alice.enterLine("/time 12")
	alice.expect("* clock：12（")
	alice.enterLine("/quiet on")
	alice.expect("* quiet：on（")
	alice.enterLine("/set nonsense 1")
	alice.expect("! ")
	alice.typeText("\x15") // the refused line is in the row again
	alice.enterLine("/lang xx")
	alice.expect("! lang ", "auto|en|zh|zh-TW")

	h = h.restart()
	alice = openScreen(t, h.sshAs("alice", withKey(id)...)...)
	alice.expect("* 欢迎来到 teahouse，alice。")
	alice.enterLine("/set")
	alice.expect("* "+testkit.Chinese(reply.SetLang, "zh", "auto|en|zh|zh-TW"), "* "+testkit.Chinese(reply.SetTheme, "ink", "auto|tea|ink|bright"),
		"* "+testkit.Chinese(reply.SetClock, "12", "auto|24|12|off"), "* zone：auto（", "* plain：off（off|on）", "* quiet：on（off|on）",
		"* bell：off（off|on）", "* notify：off（off|on）")
	bob := h.enterChinese("bob", newKey(t))
	bob.enterLine("/lang en")
	bob.expect("* " + testkit.English(reply.SetLang, "en", "auto|en|zh|zh-TW"))
	bob.enterLine("/set")
	bob.expect("* theme: auto (", "* "+testkit.EnglishPart(reply.SetNotify, 0)+"off"+testkit.EnglishPart(reply.SetNotify, 1)+"off|on)")
	bob.enterLine("tea?")
	alice.expectStyled(`[ap]m\x1b\[0m \x1b\[1mbob\x1b\[0m✓: tea\?`)
	alice.expectNot("bob✓ 来了")
	alice.enterLine("/lang auto")
	alice.expect("* " + testkit.English(reply.SetLang, "auto", "auto|en|zh|zh-TW"))
}

// Protects new users: help fits a screen of 24 rows, in both languages, and explains each command.
func TestHelpFitsTheScreen(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	for s, texts := range map[*screen][]string{
		h.enter("alice"): {
			"/who  ", testkit.English("sshd-terminal-help"), "/join #ROOM",
			"* Usage: /join #ROOM", "* " + testkit.English("explain-join"), "* Example: /join #go",
			"/lang auto|en|zh|zh-TW", "/part",
		},
		h.enterChinese("小明"): {
			"/who  ", testkit.Chinese("sshd-terminal-help"), "/join #ROOM",
			"* " + testkit.Chinese(reply.Usage, "/join #ROOM"), "* " + testkit.Chinese("explain-join"), "* 例如：/join #go",
			"/lang auto|en|zh|zh-TW", "/part",
		},
	} {
		s.pressKeys("C-l")
		s.enterLine("/help")
		s.expect(texts[1])
		s.expectRow(">")
		visible := s.text()
		for _, text := range texts[:3] {
			if !strings.Contains(visible, text) {
				t.Errorf("help lacks %q on the screen:\n%s", text, visible)
			}
		}
		for _, row := range strings.Split(visible, "\n") {
			if strings.HasPrefix(row, "╎") || strings.HasPrefix(row, "    ╎") {
				t.Errorf("help has a row that is too wide for the screen: %s", row)
			}
		}
		s.enterLine("/help join")
		s.expect(texts[3:6]...)
		s.enterLine("/help settings")
		s.expect(texts[6])
		s.enterLine("/help rooms")
		s.expect(texts[7])
		s.enterLine("/help /hsitory")
		s.expect("/history")
	}
}

// Protects users of screen readers and dumb terminals: they get plain text, one line for each
// event, and words instead of marks.
func TestPlain(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	bob := h.enterAs("bob", id)
	dumb := h.sshTTY("alice", "dumb")
	li := launch(t, withTerm("dumb", withChinese(h.ssh("小明", "-tt")))...)
	li.expect("欢迎来到 teahouse，小明")
	switched := h.sshTTY("carol", "xterm-256color")
	switched.enterLine("/set plain on")
	switched.expect(testkit.English(reply.SetPlain, "on", "off|on"))
	runClient(t, withCommand(h.ssh("dora"), "say", "a barrier"))
	switched.expect("dora: a barrier")

	long := strings.TrimSpace(strings.Repeat("many words of tea ", 20))
	bob.enterLine(long)
	bob.typeText("first")
	bob.pressKeys("M-Enter")
	bob.enterLine("second")
	bob.enterLine("alice, 小明 and carol: *tea* at https://example.com/")
	bob.enterLine("/nick bert")
	bob.enterLine("the end")
	for _, c := range []*client{dumb, switched} {
		c.expect("\nbob (verified): "+long+"\r\n", "\nbob (verified): first ⏎ second\r\n",
			"\nbob (verified), to you: alice, 小明 and carol: *tea* at https://example.com/\r\n",
			"\n"+testkit.English("sshd-renamed-line", "bob (verified)", "bert (verified)")+"\r\n", "\nbert (verified): the end\r\n")
	}
	li.expect("\nbob（已验证）: "+long+"\r\n", "\nbob（已验证） 对您: alice, 小明", "\n"+testkit.Chinese("sshd-renamed-line", "bob（已验证）", "bert（已验证）")+"\r\n", "the end")

	dumb.send("hello")
	dumb.expect("\r\nhello")
	bob.enterLine("an interruption")
	dumb.expect("hello\r\nbert (verified): an interruption\r\n#lobby > hello")
	dumb.send("\x7f\x7f\r")
	dumb.expect("alice: hel\r\n")
	dumb.send("/hist\t")
	dumb.expect("/history ")
	dumb.send("\x03")
	switched.send("be\t!\r")
	switched.expect("carol: bert: !\r\n")
	for name, c := range map[string]*client{"dumb": dumb, "小明": li} {
		if i := strings.IndexByte(c.out.String(), '\x1b'); i >= 0 {
			t.Errorf("%s was sent the escape sequence %.40q", name, c.out.String()[i:])
		}
	}
	_, since, _ := strings.Cut(switched.out.String(), "dora: a barrier")
	if i := strings.IndexByte(since, '\x1b'); i >= 0 {
		t.Errorf("carol was sent the escape sequence %.40q", since[i:])
	}
	if !strings.Contains(switched.out.String(), "\x1b[?2004l") || strings.Count(switched.out.String(), "\x1b[?2004h") != 1 {
		t.Error("with plain on, the terminal is still asked to mark pastes")
	}
	switched.enterLine("/set plain off")
	switched.expect("plain: off")
	switched.expectMatch(`\x1b\[\?2004h(?s:.*)\x1b\[\?2004h`)
}

// Protects the same users from marks around actions: words say once that it is an action.
func TestPlainAction(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	dumb := h.sshTTY("alice", "dumb")
	runClient(t, withCommand(h.ssh("bob"), "me", "waves")).check(t, 0, "", "")
	runClient(t, withCommand(h.ssh("bob"), "say", "the end")).check(t, 0, "", "")
	dumb.expect("bob: the end")
	if !regexp.MustCompile(`\n(‹bob› waves|bob: \*waves\*)\r\n`).MatchString(dumb.out.String()) {
		t.Errorf("a dumb terminal reads what bob does as %q", dumb.out.String())
	}
}
