package room

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// hostile are what takes much room in JSON, or might: six bytes for one, two for one, four
// bytes for a character, and what an encoder could take for HTML.
var hostile = []string{`"`, `\`, "\t", "\n", "<", "&", "\x00", "\x1b", "\x7f", "\u0085", "\u2028", "\u2029", "\ufffd", "\xff", "茶", "𠀀", "🫖", "a"}

// longest returns the text that takes the most bytes in a row of those that clean lets
// through, with at most so many bytes and characters.
func longest(clean func(string) string, bytes, characters int) (text string) {
	for _, s := range hostile {
		n := min(bytes/len(s), characters)
		for _, candidate := range []string{strings.Repeat(s, n), strings.Repeat(s+"a", n/2), strings.Repeat("a"+s, n/2)} {
			if c := clean(candidate); len(c) <= bytes && utf8.RuneCountInString(c) <= characters && len(encodeRow(c)) > len(encodeRow(text)) {
				text = c
			}
		}
	}
	return text
}

// longestName returns the name that takes the most in a row, and the longest key of one.
func longestName() (name, key string) {
	isName := func(s string) string {
		if _, err := checkName(s); err != nil {
			return ""
		}
		return s
	}
	return longest(isName, maxNameBytes, MaxName), strings.Repeat("k", maxNameBytes) // what checkName lets through is no longer
}

// A largestRow is the largest that there may be in a table, and how many there may be.
type largestRow struct {
	row  Row
	most int
}

// largest is largestRows, computed once.
var largest = sync.OnceValue(largestRows)

// largestRows returns of each table the largest row that the limits allow, and how many
// rows there may be.
func largestRows() map[string]largestRow {
	name, nameKey := longestName()
	moment := time.Date(2026, 11, 30, 23, 59, 59, 123456789, time.FixedZone("", 3600))
	person := keyPrefix + strings.Repeat("F", 43) + "~" + strings.Repeat("z", 13)
	text := func(bytes int) string { return longest(CleanLines, bytes, bytes) }
	line := func(bytes, characters int) string { return longest(Clean, bytes, characters) }
	names := func(n int) []string { return slices.Repeat([]string{name}, n) }
	people := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[person[:len(person)-4]+fmt.Sprintf("%04d", i)] = name
		}
		return all
	}
	lines := []string{text(mostTypedBytes - mostTyped + 1)}
	for len(lines) < mostTyped {
		lines = append(lines, "a")
	}
	commands := slices.Repeat([]botCommand{{Name: strings.Repeat("n", 20), Params: line(MaxText, maxBotParams), Help: line(MaxText, maxBotHelp)}}, mostBotCommands)
	ban := &penalty{Target: person, Name: name, By: name, Reason: line(maxReason, maxReason), Since: moment, Until: moment}
	given := &grant{Name: name, By: name, Key: person, Since: moment, Until: moment}
	act := &Act{N: 1 << 63, Time: moment, By: name, Key: person, What: "bot remove", Whom: name + " (" + person + ")", Detail: text(maxMotd)}
	rows := map[string]largestRow{}
	add := func(table string, most int, key string, value any) {
		rows[table] = largestRow{Row{table, key, encodeRow(value)}, most}
	}
	add(tableNames, mostClaims, nameKey, &claim{Name: name, Person: person, Since: moment, Seen: moment, Tries: 1 << 40, Also: names(mostAlso)})
	add(tableLost, mostLost, person, &lost{Names: names(mostLostNames), Since: moment})
	add(tableKeys, 2*mostLinked, person, &linkedKey{Person: person, Since: moment, Was: slices.Repeat([]string{person}, mostKeys)})
	add(tableBans, mostPenalties+mostKeys, person, ban)
	add(tableMutes, mostPenalties+mostKeys, person, ban)
	add(tableOperators, mostOperators, person, given)
	add(tableAllowed, mostAllowed, person, given)
	add(tableInvites, mostInvites, person, given)
	add(tableIgnored, mostIgnoring, person, &ignored{People: people(mostIgnored)})
	add(tableSettings, mostSettings, person, &Settings{Lang: "zh-TW", Theme: "bright", Clock: "off", Zone: strings.Repeat("z", maxZone), Plain: true, Quiet: true, Bell: true, Notify: true})
	add(tableTyped, mostTypers, person, &typed{Lines: lines, Used: moment})
	add(tablePlaces, mostFollowed, person+" "+nameKey, &followed{At: moment, First: moment, Used: moment})
	add(tableBots, mostBots, person, &bot{Name: name, Since: moment, Seen: moment, Commands: commands})
	add(tableOrder, 1, "all", order{Motd: text(maxMotd), Topic: text(maxTopic), Slow: mostSlow, Lockdown: true})
	add(tableRooms, MostRooms, nameKey, &roomRow{Name: name, Owner: person, Since: moment, Private: true, Topic: text(maxTopic), Invited: people(mostInvited)})
	add(tableAudit, mostActs+mostOwnersActs, "9223372036854775808", act)
	return rows
}

// The most rows that the limits allow, each as large as it can be, with text that takes as
// many bytes as there are, fit in the space that is set aside for them; and each in a message.
func TestLargestRowsFit(t *testing.T) {
	sums := map[Space]int64{}
	for table, l := range largest() {
		size := int64(base64.RawURLEncoding.EncodedLen(len(l.row.Key)) + len(l.row.Value) + RowOverhead)
		sums[SpaceOf(table)] += size * int64(l.most)
		t.Logf("%-9s %6d rows of %6d bytes: %4d MB", table, l.most, size, size*int64(l.most)>>20)
		if len(l.row.Key) > 256 || size > 512<<10 {
			t.Errorf("%s: a row of %d bytes with a key of %d", table, size, len(l.row.Key))
		}
	}
	for space, sum := range sums {
		t.Logf("%s: %d MB of %d", space, sum>>20, space.Most()>>20)
		if sum > space.Most() {
			t.Errorf("%s: the rows take %d MB, set aside are %d", space, sum>>20, space.Most()>>20)
		}
	}
}
