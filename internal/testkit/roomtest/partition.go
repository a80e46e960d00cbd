package roomtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/text"
	"teahouse/room"
)

// Largest is largestRecords, computed once.
var Largest = sync.OnceValue(largestRecords)

// hostile are strings that take, or might take, much space in JSON: six bytes for one, two for one,
// four bytes for a character, and what an encoder could escape as HTML.
var hostile = []string{`"`, `\`, "\t", "\n", "<", "&", "\x00", "\x1b", "\x7f", "\u0085", "\u2028", "\u2029", "\ufffd", "\xff", "茶", "𠀀", "🫖", "a"}

// largestRecords returns, for each table, the largest record that the limits allow, and the maximum
// number of records.
func largestRecords() map[string]largestRecord {
	name, nameKey := longestName()
	moment := time.Date(2026, 11, 30, 23, 59, 59, 123456789, time.FixedZone("", 3600))
	subject := names.FingerprintPrefix + strings.Repeat("F", 43) + "~" + strings.Repeat("z", 13)
	person, key := ids.Account(subject), ids.Fingerprint(subject)
	lines := func(bytes int) string { return longest(text.CleanLines, bytes, bytes) }
	line := func(bytes, characters int) string { return longest(text.Clean, bytes, characters) }
	repeated := func(n int) []string { return slices.Repeat([]string{name}, n) }
	people := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[subject[:len(subject)-4]+fmt.Sprintf("%04d", i)] = name
		}
		return all
	}
	input := []string{lines(accounts.MaxInputBytes - accounts.MaxInputLines + 1)}
	for len(input) < accounts.MaxInputLines {
		input = append(input, "a")
	}
	commands := slices.Repeat([]accounts.BotCommand{{Name: strings.Repeat("n", 20), Params: line(text.MaxBytes, accounts.MaxBotParams), Help: line(text.MaxBytes, accounts.MaxBotHelp)}}, accounts.MaxCommandsPerBot)
	ban := &moderation.Penalty{Target: subject, Name: name, By: name, Reason: line(moderation.MaxReasonBytes, moderation.MaxReasonBytes), Since: moment, Until: moment}
	given := &moderation.Grant{Name: name, By: name, Key: key, Since: moment, Until: moment}
	act := &moderation.AuditEntry{Number: 1 << 63, Time: moment, By: name, Fingerprint: key, Action: "bot remove", Target: name + " (" + subject + ")", Detail: lines(moderation.MaxMotdBytes)}
	rows := map[string]largestRecord{}
	add := func(table string, most int, key string, value any) {
		rows[table] = largestRecord{records.Record{Table: table, Key: key, Value: records.Encode(value)}, most}
	}
	add("names", accounts.MaxOwnedNames, nameKey, &accounts.OwnedName{Name: name, Person: person, Since: moment, LastUsed: moment, Attempts: 1 << 40, Spellings: repeated(accounts.MaxSpellings)})
	add("namenotices", accounts.MaxNameNotices, subject, &accounts.NameNotice{LostNames: repeated(accounts.MaxLostNames), Since: moment})
	add("keys", 2*accounts.MaxLinkedKeys, subject, &accounts.LinkedKey{Person: person, Since: moment, FormerPersons: slices.Repeat([]ids.Account{person}, accounts.MaxKeys)})
	add("bans", moderation.MaxPenalties+accounts.MaxKeys, subject, ban)
	add("mutes", moderation.MaxPenalties+accounts.MaxKeys, subject, ban)
	add("operators", moderation.MaxOperators, subject, given)
	add("allowed", moderation.MaxAllowed, subject, given)
	add("invites", moderation.MaxInvitations, subject, given)
	add("ignorelists", accounts.MaxIgnoreLists, subject, &accounts.IgnoreList{People: people(accounts.MaxIgnored)})
	add("settings", accounts.MaxSettings, subject, &accounts.Settings{Lang: "zh-TW", Theme: "bright", Clock: "off", Zone: strings.Repeat("z", accounts.MaxZoneBytes), Plain: true, Quiet: true, Bell: true, Notify: true})
	add("inputhistories", accounts.MaxInputHistories, subject, &accounts.InputHistory{Lines: input, UsedAt: moment})
	add("readmarkers", accounts.MaxReadMarkers, subject+" "+nameKey, &accounts.ReadMarker{At: moment, CreatedAt: moment, UsedAt: moment})
	add("bots", accounts.MaxBots, subject, &accounts.Bot{Name: name, Since: moment, LastSeen: moment, Commands: commands})
	add("serversettings", 1, "all", moderation.Settings{Motd: lines(moderation.MaxMotdBytes), Topic: lines(moderation.MaxTopicBytes), SlowSeconds: moderation.MaxSlowSeconds, Lockdown: true})
	add("rooms", room.MaxRooms, nameKey, map[string]any{
		"name": name, "owner": person, "since": moment, "private": true, "topic": lines(moderation.MaxTopicBytes), "invited": people(room.MaxInvited),
	})
	add("audit", moderation.MaxAuditEntries+moderation.MaxOwnerEntries, "9223372036854775808", act)
	return rows
}

// longest returns the text of at most so many bytes and characters that clean allows and that takes
// the most bytes in a record.
func longest(clean func(string) string, bytes, characters int) (text string) {
	for _, s := range hostile {
		n := min(bytes/len(s), characters)
		for _, candidate := range []string{strings.Repeat(s, n), strings.Repeat(s+"a", n/2), strings.Repeat("a"+s, n/2)} {
			if c := clean(candidate); len(c) <= bytes && utf8.RuneCountInString(c) <= characters && len(records.Encode(c)) > len(records.Encode(text)) {
				text = c
			}
		}
	}
	return text
}

// longestName returns the name that takes the most bytes in a record, and the longest key of a
// name.
func longestName() (name, key string) {
	isName := func(s string) string {
		if _, err := names.Check(s); err != nil {
			return ""
		}
		return s
	}
	return longest(isName, names.MaxBytes, names.MaxLength), strings.Repeat("k", names.MaxBytes) // names.Check allows nothing longer
}

// A largestRecord is the largest that there may be in a table, and how many there may be.
type largestRecord struct {
	Row  records.Record
	Most int
}
