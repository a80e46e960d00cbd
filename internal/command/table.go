package command

import (
	"slices"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/room"
)

// commands returns the table of commands, in the order in which help lists them.
func commands() []*Command {
	const anywhere = SlashSyntax | ExecSyntax
	whom := []string{"NAME", "[TIME] [WHY]"}
	return []*Command{
		{Names: []string{"who"}, Visibility: NotVisible, PipeName: "who", Syntaxes: PipeSyntax | anywhere, scan: room.ScanMemory, Help: reply.HelpWho, run: runWho},
		{Names: []string{"say"}, Visibility: Visible, Params: []string{"TEXT"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpSay, run: runSay},
		{Names: []string{"me"}, Visibility: Visible, Params: []string{"TEXT"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpMe, run: runMe},
		{Names: []string{"msg", "to"}, Visibility: Visible, PipeName: "to", Params: []string{"NAME", "TEXT"}, MinParams: 1, Syntaxes: PipeSyntax | anywhere, Private: true, Help: reply.HelpMsg, run: runMsg},
		{Names: []string{"done"}, Visibility: NotVisible, Syntaxes: SlashSyntax, Help: reply.HelpDone, run: runDone},
		{Names: []string{"reply"}, Visibility: Visible, Params: []string{"TEXT"}, MinParams: 1, Syntaxes: anywhere, Private: true, Help: reply.HelpReply, run: runReply},
		{Names: []string{"nick", "rename"}, Visibility: Visible, PipeName: "rename", Params: []string{"NAME"}, MinParams: 1, Syntaxes: PipeSyntax | SlashSyntax, Verbatim: true, Help: reply.HelpNick, run: runRename},
		{Names: []string{"name"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[release", "NAME]"}, Syntaxes: anywhere, Help: reply.HelpName, runConfirmed: name},
		{Names: []string{"key"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"list|add|remove|bot|person", "[CODE]"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpKey, runConfirmed: key},
		{Names: []string{"enter"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"CODE"}, MinParams: 1, Syntaxes: ExecSyntax, Help: reply.HelpEnter, run: redeem},
		{Names: []string{"whois"}, Visibility: NotVisible, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpWhois, run: runWhois},
		{Names: []string{"away"}, Visibility: Visible, Params: []string{"[WHY]"}, Syntaxes: SlashSyntax, Help: reply.HelpAway, run: setAway},
		{Names: []string{"back"}, Visibility: NotVisible, Syntaxes: SlashSyntax, Help: reply.HelpBack, run: runBack},
		{Names: []string{"history"}, Visibility: NotVisible, Params: []string{"[N|since TIME|NAME]"}, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpHistory, run: runHistory},
		{Names: []string{"follow"}, Visibility: NotVisible, Params: []string{"[--since ID|last|TIME]"}, Syntaxes: ExecSyntax, scan: room.ScanMemory, Help: reply.HelpFollow, run: follow},
		{Names: []string{"bot"}, Visibility: Visible, Params: []string{"commands|list|remove", "[COMMAND]"}, MinParams: 1, Syntaxes: ExecSyntax, Help: reply.HelpBot, run: botCommand},
		{Names: []string{"search"}, Visibility: NotVisible, Params: []string{"WORDS"}, MinParams: 1, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpSearch, run: runSearch},
		{Names: []string{"more"}, Visibility: NotVisible, Params: []string{"[N]"}, Syntaxes: SlashSyntax, scan: room.ScanMemory, Help: reply.HelpMore, run: more},
		{Names: []string{"join"}, Visibility: Visible, Params: []string{"#ROOM"}, MinParams: 1, Syntaxes: SlashSyntax, Help: reply.HelpJoin, run: runJoin},
		{Names: []string{"part"}, Visibility: NotVisible, Group: groupRooms, Syntaxes: SlashSyntax, Help: reply.HelpPart, run: runPart},
		{Names: []string{"rooms"}, Visibility: NotVisible, Group: groupRooms, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpRooms, run: runRooms},
		{Names: []string{"room"}, Visibility: NotVisible, Group: groupRooms, Params: []string{"private|public"}, MinParams: 1, Syntaxes: SlashSyntax, Help: reply.HelpRoom, runConfirmed: runRoom},
		{Names: []string{"topic"}, Visibility: Visible, Group: groupRooms, Params: []string{"[TEXT|off]"}, Syntaxes: anywhere, Help: reply.HelpTopic, run: topic},
		{Names: []string{"invite"}, Visibility: Visible, Group: groupRooms, Params: []string{"[NAME]"}, Syntaxes: anywhere, Help: reply.HelpInvite, run: invite},
		{Names: []string{"ignore"}, Visibility: NotVisible, Params: []string{"[NAME]"}, Syntaxes: anywhere, Help: reply.HelpIgnore, run: runIgnore},
		{Names: []string{"unignore"}, Visibility: NotVisible, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnignore, run: runUnignore},
		{Names: []string{"set"}, Visibility: NotVisible, Params: []string{"[WHAT", "VALUE]"}, Syntaxes: anywhere, Help: reply.HelpSet, run: set},
		{Names: []string{"lang"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"auto|en|zh|zh-TW"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpLang, run: runLang},
		{Names: []string{"theme"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"auto|" + accounts.Themes}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpTheme, run: runTheme},
		{Names: []string{"time"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"24|12|off|ZONE"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpTime, run: runTime},
		{Names: []string{"bell"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpBell, run: runBell},
		{Names: []string{"quiet"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpQuiet, run: runQuiet},
		{Names: []string{"notify"}, Visibility: NotVisible, Group: groupSettings, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpNotify, run: runNotify},
		{Names: []string{"motd"}, Visibility: OperatorVisible, Group: groupOperators, Params: []string{"[TEXT|off]"}, Syntaxes: anywhere, Help: reply.HelpMotd, run: motd},
		{Names: []string{"forget"}, Visibility: NotVisible, Params: []string{"me|NAME"}, MinParams: 1, Syntaxes: anywhere, scan: room.ScanStore, Help: reply.HelpForget, runConfirmed: runForget},
		{Names: []string{"export"}, Visibility: NotVisible, Syntaxes: ExecSyntax, scan: room.ScanStore, Help: reply.HelpExport, run: runExport},
		{Names: []string{"op"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME|CODE"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpOp, run: runOp},
		{Names: []string{"deop"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpDeop, Operator: true, run: runDeop},
		{Names: []string{"kick"}, Visibility: OperatorVisible, Group: groupOperators, Params: []string{"NAME", "[WHY]"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpKick, Operator: true, run: kick},
		{Names: []string{"ban"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpBan, Operator: true, run: ban},
		{Names: []string{"unban"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom[:1], MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnban, Operator: true, run: runUnban},
		{Names: []string{"bans"}, Visibility: NotVisible, Group: groupOperators, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpBans, Operator: true, run: runBans},
		{Names: []string{"mute"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpMute, Operator: true, run: mute},
		{Names: []string{"unmute"}, Visibility: OperatorVisible, Group: groupOperators, Params: whom[:1], MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnmute, Operator: true, run: runUnmute},
		{Names: []string{"slow"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"[SECONDS]"}, Syntaxes: anywhere, Help: reply.HelpSlow, Operator: true, run: slow},
		{Names: []string{"lockdown"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"[on|off]"}, Syntaxes: anywhere, Help: reply.HelpLockdown, Operator: true, run: lockdown},
		{Names: []string{"close"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"#ROOM"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpClose, Operator: true, runConfirmed: runClose},
		{Names: []string{"unbot"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpUnbot, Operator: true, run: runUnbot},
		{Names: []string{"free"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"NAME"}, MinParams: 1, Syntaxes: anywhere, Help: reply.HelpFree, Operator: true, runConfirmed: runFree},
		{Names: []string{"audit"}, Visibility: NotVisible, Group: groupOperators, Params: []string{"[rooms]", "[N]"}, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpAudit, Operator: true, run: runAudit},
		{Names: []string{"help"}, Visibility: NotVisible, Params: []string{"[COMMAND]"}, Syntaxes: anywhere, scan: room.ScanMemory, Help: reply.HelpHelp, run: help},
		{Names: []string{"quit", "exit"}, Visibility: NotVisible, Syntaxes: SlashSyntax, Help: reply.HelpQuit, run: runQuit},
	}
}

// find returns the command with a name in a syntax, or nil.
func find(name string, form Syntax) *Command {
	for _, c := range table {
		if c.Syntaxes&form != 0 && slices.Contains(c.Names, name) {
			return c
		}
	}
	return nil
}

var table []*Command

func init() { table = commands() }
