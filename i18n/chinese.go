package i18n

// chinese maps each sentence, as its speaker wrote it in English, to Chinese.
// A new sentence goes below the heading of the package that says it.
func chinese() map[string]string {
	return map[string]string{
		// cmd/menu
		"Usage: menu [-ip address] [-port port]":         "用法：menu [-ip 地址] [-port 端口]",
		"the `address` of the server":                    "服务器的`地址`",
		"the `port` of the server":                       "服务器的`端口`",
		"What is %q for? The menu takes only flags.":     "多余的参数 %q：这里只接受上述选项。",
		"There is no port %s: ports go from 1 to 65535.": "没有端口 %s：端口号应在 1 到 65535 之间。",
		"Connected to %s.":                               "已连接到 %s。",
		"Cannot connect to %s: %v.\nIs the server running? Start it with: go run ./cmd/teahouse\nIf it runs somewhere else, say where with -ip and -port.": "无法连接 %s：%v。\n服务器启动了吗？启动命令：go run ./cmd/teahouse\n如果服务器在别处，请用 -ip 和 -port 指明。",
		"The server has closed the connection.": "服务器已断开连接。",
		"The connection is lost: %v.":           "连接已中断：%v。",
		"Goodbye.":                              "再见。",
		"1  public chat\n2  private chat\n3  change your name\n0  leave\nType a number, then Enter.": "1  公聊模式\n2  私聊模式\n3  更改用户名\n0  退出\n请输入数字，然后按回车。",
		"That is not on the menu: type 0, 1, 2 or 3.":                                                "菜单上没有这一项，请输入 0、1、2 或 3。",
		"Everyone sees each line you type; exit goes back to the menu.":                              "您输入的每一行大家都能看到，输入 exit 返回菜单。",
		"Whom would you like to talk to? Type a name, or exit to go back to the menu.":               "您想和谁私聊？请输入用户名，输入 exit 返回菜单。",
		"Only %s sees each line you type; exit lets you choose someone else.":                        "您输入的每一行只有 %s 能看到，输入 exit 另选他人。",
		"What would you like to be called? Type a name, or exit to keep yours.":                      "请输入新的用户名，输入 exit 则不更改。",
		"A name cannot be empty or have a | in it.":                                                  "用户名不能为空，也不能含有 |。",
		"That line is longer than 64 KB and was dropped.":                                            "这一行超过 64 KB，已丢弃。",
	}
}
