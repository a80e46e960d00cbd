package sshd

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/room"
)

// rewordedPrinter returns printers of a catalogue in which every sentence, in every language, is
// replaced by its code and its values, the last first.
func rewordedPrinter(t *testing.T) func(language.Tag) *message.Printer {
	t.Helper()
	verb := regexp.MustCompile(`%[sdvq]`)
	words := catalog.NewBuilder()
	for _, code := range i18n.Codes() {
		text := "<" + code + ">"
		verbs := verb.FindAllString(i18n.English(code), -1)
		for i, v := range slices.Backward(verbs) {
			text += fmt.Sprintf(" %%[%d]%s", i+1, v[1:])
		}
		if err := words.SetString(language.Und, code, text); err != nil {
			t.Fatal(code, err)
		}
	}
	return func(language.Tag) *message.Printer { return message.NewPrinter(language.Und, message.Catalog(words)) }
}

// commandsToCompare are commands that succeed, are refused, are wrong, or are to be retried
// later.
var commandsToCompare = []struct {
	command string
	exit    int
}{
	{"say hello", exitOK}, {"me waves", exitOK}, {"who", exitOK}, {"rooms", exitOK}, {"history", exitOK}, {"search hello", exitOK},
	{"topic", exitOK}, {"topic green tea", exitOK}, {"topic", exitOK}, {"motd", exitOK}, {"whois alice", exitOK}, {"set", exitOK}, {"quiet on", exitOK},
	{"name", exitOK}, {"key list", exitOK}, {"ignore", exitOK}, {"bans", exitOK}, {"ban 192.0.2.7 1h why", exitOK}, {"bans", exitOK},
	{"audit", exitOK}, {"slow", exitOK}, {"slow 10", exitOK}, {"slow off", exitOK}, {"lockdown", exitOK}, {"help", exitOK}, {"help say", exitOK}, {"invite", exitOK},
	{"whois nobody", exitRefused}, {"kick nobody", exitRefused}, {"to nobody hi", exitRefused}, {"search nothing", exitRefused}, {"unban nobody", exitRefused},
	{"forget me", exitRefused}, {"follow --since last --room nowhere", exitRefused},
	{"nonsense", exitUsage}, {"lang xx", exitUsage}, {"say", exitUsage}, {"history 0", exitUsage}, {"history since yesterday", exitUsage}, {"join x", exitUsage}, {"slow x", exitUsage},
	{"kick", exitUsage}, {"who --nonsense", exitUsage}, {"say 'x", exitUsage},
	{"say too fast", exitTempFail},
}

// Whatever the sentences are, programs read the same: exit codes, output that is not text for
// people, and all of JSON except the text of notices and answers.
func TestRewordingChangesNoProgram(t *testing.T) {
	t.Parallel()
	as := func(printer func(language.Tag) *message.Printer) (read, texts []string) {
		s := startServer(t, func(s *Server) {
			s.init.Do(s.setup)
			s.formats = render.NewCache(printer)
			s.Hub = room.New(room.Config{
				HistoryLimits: room.HistoryLimits{Lines: 100},
				IsOperatorKey: func(key ids.Fingerprint) bool { return strings.HasPrefix(string(key), "SHA256:") },
			})
		})
		client := s.dialWithKey(t, "alice")
		for _, test := range commandsToCompare {
			for _, flag := range []string{"", "--json "} {
				if strings.HasPrefix(test.command, "say t") {
					s.Hub.Close() // temporary
				}
				out, errs, code := run(t, client, flag+test.command)
				if code != test.exit {
					t.Errorf("ssh host %s%s exits with %d, want %d; it says %s", flag, test.command, code, test.exit, errs)
				}
				if flag != "" {
					parts, said := withoutTexts(t, out)
					read, texts = append(read, test.command+": "+parts), append(texts, said)
				}
				texts = append(texts, errs)
			}
		}
		return read, texts
	}
	want, words := as(i18n.New().Printer)
	got, others := as(rewordedPrinter(t))
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("with reworded sentences a program reads\n%s\ninstead of\n%s", got[i], want[i])
		}
	}
	if slices.Equal(words, others) {
		t.Error("people read the same words as before: nothing was reworded")
	}
	if code := string(reply.NoTopic); !strings.Contains(strings.Join(got, "\n"), code) {
		t.Errorf("no answer in JSON has the code %s", code)
	}
}

// idOrTime matches what differs from one server to another: times and secrets.
var idOrTime = regexp.MustCompile(`"(id|time)":"[^"]*"|[0-9]{4}-[0-9]{2}-[0-9]{2}[^ ]*|SHA256:[^ "]*`)

// withoutTexts returns JSON lines without the texts for people, and those texts.
func withoutTexts(t *testing.T, lines string) (rest, texts string) {
	for line := range strings.Lines(lines) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if object["type"] == "answer" || object["type"] == "notice" {
			texts += fmt.Sprint(object["text"], "\n")
			delete(object, "text")
		}
		left, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		rest += idOrTime.ReplaceAllString(string(left), "") + "\n"
	}
	return rest, texts
}
