package e2e

import (
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects people who read Chinese: where their client sends their locale,
// everything that the house itself says is Chinese.
func TestChinese(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	chinese := []string{"env", "LANG=zh_CN.UTF-8"}
	send := []string{"-o", "SendEnv=LANG LC_ALL"}

	s := openScreen(t, append(chinese, h.ssh("爱丽丝", send...)...)...)
	s.expect("* 欢迎来到 teahouse，爱丽丝。/help 列出命令，^D 离开。")
	s.enterLine("/help")
	s.expect("看看谁在这里", "对一个人说悄悄话", "以 / 开头的话请写成 //。")
	s.enterLine("/who")
	s.expect("* 共 1 人在这里：爱丽丝")
	s.enterLine("/nonsense")
	s.expect("! 没有 /nonsense 这个命令，/help 会列出全部命令；")
	s.pressKeys("C-c")
	s.expect("* 要离开，请输入 /quit 或按 ^D。")
	second := openScreen(t, append(chinese, h.ssh("爱丽丝", send...)...)...)
	second.expect("* 名字 爱丽丝 已经有人用了，您在这里叫 爱丽丝-2。")
	s.expect("* 爱丽丝-2 来了")
	s.enterLine("/msg 爱丽丝-2 悄悄话")
	s.expect("[您对 爱丽丝-2 说] 悄悄话")
	second.expect("[爱丽丝 对您说] 悄悄话")
	second.pressKeys("C-d")
	s.expect("* 爱丽丝-2 走了")

	runClient(t, append(chinese, withCommand(h.ssh("bob", send...), "to nobody hi")...)).check(t, 1, "", "这里没有叫 nobody 的人。\n")
	runClient(t, append(chinese, withCommand(h.ssh("bob", send...), "say")...)).check(t, 2, "", "用法：say TEXT\n")
	// LC_ALL overrules LANG.
	runClient(t, append([]string{"env", "LC_ALL=en_US.UTF-8", "LANG=zh_CN.UTF-8"}, withCommand(h.ssh("bob", send...), "to nobody hi")...)).
		check(t, 1, "", testkit.English(reply.NoSuchUser, "nobody")+"\n")
}
