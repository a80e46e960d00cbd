package main

// The codes of the program's sentences, which package i18n has in each language.
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
