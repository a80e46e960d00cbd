package stories

import "testing"

// Protects people who read Chinese: where their client sends their locale,
// everything that the house itself says is Chinese.
func TestChinese(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	chinese := []string{"env", "LANG=zh_CN.UTF-8"}
	send := []string{"-o", "SendEnv=LANG LC_ALL"}

	s := open(t, append(chinese, h.ssh("爱丽丝", send...)...)...)
	s.shows("* 欢迎来到 teahouse，爱丽丝。/help 列出命令，^D 离开。")
	s.says("/help")
	s.shows("看看谁在这里", "对一个人说悄悄话", "以 / 开头的话请写成 //。")
	s.says("/who")
	s.shows("* 共 1 人在这里：爱丽丝")
	s.says("/nonsense")
	s.shows("! 没有 /nonsense 这个命令，/help 会列出全部命令；")
	s.presses("C-c")
	s.shows("* 要离开，请输入 /quit 或按 ^D。")
	second := open(t, append(chinese, h.ssh("爱丽丝", send...)...)...)
	second.shows("* 名字 爱丽丝 已经有人用了，您在这里叫 爱丽丝-2。")
	s.shows("* 爱丽丝-2 来了")
	s.says("/msg 爱丽丝-2 悄悄话")
	s.shows("[您对 爱丽丝-2 说] 悄悄话")
	second.shows("[爱丽丝 对您说] 悄悄话")
	second.presses("C-d")
	s.shows("* 爱丽丝-2 走了")

	ask(t, append(chinese, with(h.ssh("bob", send...), "to nobody hi")...)).want(t, 1, "", "这里没有叫 nobody 的人。\n")
	ask(t, append(chinese, with(h.ssh("bob", send...), "say")...)).want(t, 2, "", "用法：say TEXT\n")
	// LC_ALL overrules LANG.
	ask(t, append([]string{"env", "LC_ALL=en_US.UTF-8", "LANG=zh_CN.UTF-8"}, with(h.ssh("bob", send...), "to nobody hi")...)).
		want(t, 1, "", "There is nobody named nobody here.\n")
}
