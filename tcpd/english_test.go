package tcpd

import (
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// In English, each dialect shows everything that its Chinese version shows, and nothing in
// Chinese.
func TestDialectsInEnglish(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"classic", "realtime", "im"} {
		server, _ := newServer(t, room.NewHub(), name)
		server.Dialect = server.Dialect.ForLanguage(language.English)
		addr := serve(t, server)
		a := dial(t, "A", addr, server.Dialect)
		a.expect(a.chatLine("has come in"))
		b := dial(t, "B", addr, server.Dialect)
		b.expect(b.chatLine("has come in"))
		a.expect(b.chatLine("has come in"))
		a.send("who\nrename|ann\nto|ann|x\nto|ann\nto|bob|x\nto|ann| \nhello\n")
		a.expect(a.chatLine("is here"), b.chatLine("is here"), "You are called ann now.", "ann to you alone: x",
			testkit.English(reply.MessageFormat), testkit.English(reply.NoSuchUser, "bob"), testkit.English(reply.MessageEmpty),
			"["+a.address+"]ann:hello")
		b.expect("[" + a.address + "]ann:hello")
		b.send("rename|ann\n\xff\n")
		b.expect(testkit.English(reply.NameTaken, "ann"), testkit.English(unknownCharset))
		b.disconnect()
		a.expect(b.chatLine("has left"))
		server.Hub.Close()
		a.expect(stoppingEnglish)
	}
	if d := LookupDialect("gopl"); d.ForLanguage(language.Chinese).Language != language.Chinese || d.ForLanguage(language.Chinese).Joined != d.Joined {
		t.Error("gopl's phrases have changed")
	}
	if d := LookupDialect("relay").ForLanguage(language.English); d.Language != language.Und {
		t.Error("relay has phrases")
	}
}
