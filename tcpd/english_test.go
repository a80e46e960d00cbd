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
		server, _ := newServer(t, room.New(room.Config{}), name)
		server.Dialect = server.Dialect.ForLanguage(language.English)
		addr := serve(t, server)
		a := dial(t, "A", addr, server.Dialect)
		a.expect(a.chatLine("joined"))
		b := dial(t, "B", addr, server.Dialect)
		b.expect(b.chatLine("joined"))
		a.expect(b.chatLine("joined"))
		a.send("who\nrename|ann\nto|ann|x\nto|ann\nto|bob|x\nto|ann| \nhello\n")
		a.expect(a.chatLine("online"), b.chatLine("online"), "You are now called ann.", "[ann to you] x",
			testkit.English(reply.MessageFormat), testkit.English(reply.NoSuchUser, "bob"), testkit.English(reply.MessageEmpty),
			"["+a.address+"]ann:hello")
		b.expect("[" + a.address + "]ann:hello")
		b.send("rename|ann\n\xff\n")
		b.expect(testkit.English(reply.NameTaken, "ann"), testkit.English(unknownCharset))
		b.disconnect()
		a.expect(b.chatLine("left"))
		server.Hub.Close()
		a.expect(stoppingEnglish)
	}
	if d := LookupDialect("gopl"); d.ForLanguage(language.Chinese).Language != language.Chinese || d.ForLanguage(language.Chinese).Joined != d.Joined {
		t.Error("gopl with ?lang=zh lacks the server's Chinese, or has other phrases than in English")
	}
	if d := LookupDialect("relay").ForLanguage(language.English); d.Language != language.Und {
		t.Error("relay with ?lang=en says what clients of relay do not expect")
	}
}
