package main

// What the program says to its user. Each is a key of the catalogue in package
// i18n, and each constant in this file needs its translation there.
const (
	usage         = "menu-usage"
	ipUsage       = "menu-ip-usage"
	portUsage     = "menu-port-usage"
	extraArgument = "menu-extra-argument"
	invalidPort   = "menu-invalid-port"

	connected      = "menu-connected"
	cannotConnect  = "menu-cannot-connect"
	serverClosed   = "menu-server-closed"
	connectionLost = "menu-connection-lost"
	goodbye        = "menu-goodbye"

	mainMenu          = "menu-main-menu"
	invalidChoice     = "menu-invalid-choice"
	publicChat        = "menu-public-chat"
	privateNamePrompt = "menu-private-name-prompt"
	privateChat       = "menu-private-chat"
	newNamePrompt     = "menu-new-name-prompt"
	invalidName       = "menu-invalid-name"
	lineTooLong       = "menu-line-too-long"
)
