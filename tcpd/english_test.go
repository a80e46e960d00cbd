package tcpd

import (
	"testing"

	"golang.org/x/text/language"

	"teahouse/room"
)

// Each dialect in English: what Chinese people read in it is neither lost nor left in
// Chinese.
func TestDialectsInEnglish(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"classic", "realtime", "im"} {
		server, _ := newServer(t, room.NewHouse(), name)
		server.Dialect = server.Dialect.In(language.English)
		addr := serve(t, server)
		a := dial(t, "A", addr, server.Dialect)
		a.hears(a.says("has come in"))
		b := dial(t, "B", addr, server.Dialect)
		b.hears(b.says("has come in"))
		a.hears(b.says("has come in"))
		a.types("who\nrename|ann\nto|ann|x\nto|ann\nto|bob|x\nto|ann| \nhello\n")
		a.hears(a.says("is here"), b.says("is here"), "You are called ann now.", "ann to you alone: x",
			"Write a private message as to|NAME|TEXT.", "There is nobody named bob here.", "There is no text in that message.",
			"["+a.address+"]ann:hello")
		b.hears("[" + a.address + "]ann:hello")
		b.types("rename|ann\n\xff\n")
		b.hears("The name ann is taken.", "That is neither UTF-8 nor GBK. Nothing was said.")
		b.leaves()
		a.hears(b.says("has left"))
		server.House.Close()
		a.hears(stoppingEnglish)
	}
	if d := Lookup("gopl"); d.In(language.Chinese).Language != language.Chinese || d.In(language.Chinese).Joined != d.Joined {
		t.Error("gopl's phrases are not its own")
	}
	if d := Lookup("relay").In(language.English); d.Language != language.Und {
		t.Error("relay speaks")
	}
}
