package render

import (
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// Times in the server's sentences are in the reader's zone, like those of messages; the event
// itself, which others read in other zones, does not change.
func TestTimesInSentences(t *testing.T) {
	at := time.Date(2026, 11, 21, 23, 14, 0, 0, time.UTC)
	n := room.NewNotice(reply.BannedUntil, reply.Moment(at))
	for zone, want := range map[string]string{
		"Asia/Shanghai": "* " + testkit.English(reply.BannedUntil, "2026-11-22 07:14") + "\n",
		"UTC":           "* " + testkit.English(reply.BannedUntil, "2026-11-21 23:14") + "\n",
	} {
		v := testFormat(Options{Language: language.English, End: "\n", Syntax: command.SlashSyntax, Zone: zone})
		if got := string(v.FormatReply(n)); got != want {
			t.Errorf("in %s people read %q, want %q", zone, got, want)
		}
	}
}
