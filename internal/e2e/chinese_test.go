package e2e

import (
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects people who read Chinese: if their client sends its locale, everything that the server
// itself says is in Chinese.
func TestChinese(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	chinese := []string{"env", "LANG=zh_CN.UTF-8"}
	send := []string{"-o", "SendEnv=LANG LC_ALL"}

	s := openScreen(t, append(chinese, h.ssh("爱丽丝", send...)...)...)
	s.expect("* " + testkit.Chinese("sshd-welcome-line", "爱丽丝"))
	s.enterLine("/help")
	s.expect(testkit.Chinese("help-who"), testkit.Chinese("help-msg"), testkit.Chinese("sshd-terminal-help"))
	s.enterLine("/who")
	s.expect("* 共 1 人在这里：爱丽丝")
	s.enterLine("/nonsense")
	s.expect("! 没有 /nonsense 这个命令")
	s.pressKeys("C-c")
	s.expect("* " + testkit.Chinese("sshd-how-to-leave"))
	second := openScreen(t, append(chinese, h.ssh("爱丽丝", send...)...)...)
	second.expect("* " + testkit.Chinese(reply.AssignedTaken, "爱丽丝", "爱丽丝-2"))
	s.expect("* 爱丽丝-2 来了")
	s.enterLine("/msg 爱丽丝-2 悄悄话")
	s.expect("[您对 爱丽丝-2 说] 悄悄话")
	second.expect("[爱丽丝 对您说] 悄悄话")
	second.pressKeys("C-d")
	s.expect("* 爱丽丝-2 走了")

	runClient(t, append(chinese, withCommand(h.ssh("bob", send...), "to nobody hi")...)).check(t, 1, "", testkit.Chinese(reply.NoSuchUser, "nobody")+"\n")
	runClient(t, append(chinese, withCommand(h.ssh("bob", send...), "say")...)).check(t, 2, "", testkit.Chinese(reply.Usage, "say TEXT")+"\n")
	// LC_ALL overrules LANG.
	runClient(t, append([]string{"env", "LC_ALL=en_US.UTF-8", "LANG=zh_CN.UTF-8"}, withCommand(h.ssh("bob", send...), "to nobody hi")...)).
		check(t, 1, "", testkit.English(reply.NoSuchUser, "nobody")+"\n")
}
