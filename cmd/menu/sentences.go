package main

// What the program says to its user. Each is a key of the catalogue in package
// i18n, and each constant in this file needs its translation there.
const (
	usage         = "Usage: menu [-ip address] [-port port]"
	ipUsage       = "the `address` of the server"
	portUsage     = "the `port` of the server"
	extraArgument = "What is %q for? The menu takes only flags."
	invalidPort   = "There is no port %s: ports go from 1 to 65535."

	connected     = "Connected to %s."
	cannotConnect = "Cannot connect to %s: %v.\n" +
		"Is the server running? Start it with: go run ./cmd/teahouse\n" +
		"If it runs somewhere else, say where with -ip and -port."
	serverClosed   = "The server has closed the connection."
	connectionLost = "The connection is lost: %v."
	goodbye        = "Goodbye."

	mainMenu = "1  public chat\n" +
		"2  private chat\n" +
		"3  change your name\n" +
		"0  leave\n" +
		"Type a number, then Enter."
	invalidChoice     = "That is not on the menu: type 0, 1, 2 or 3."
	publicChat        = "Everyone sees each line you type; exit goes back to the menu."
	privateNamePrompt = "Whom would you like to talk to? Type a name, or exit to go back to the menu."
	privateChat       = "Only %s sees each line you type; exit lets you choose someone else."
	newNamePrompt     = "What would you like to be called? Type a name, or exit to keep yours."
	invalidName       = "A name cannot be empty or have a | in it."
	lineTooLong       = "That line is longer than 64 KB and was dropped."
)
