package room

import (
	"strings"
	"testing"
)

// Nobody is called as the server or its operators are, however that is spelled, but for
// operators themselves: not as it comes in, not by renaming, not for a command. Who owned
// such a name before keeps it.
func TestOfficesAreForOperators(t *testing.T) {
	h, root := ordered(t)
	for _, name := range []string{"admin", "Admin", "ADMIN", "аdmin", "Server", "SYSTEM", "ｓｙｓｔｅｍ", "0perator", "operators", "管理员", "系統通知",
		"admin-2", "admin_", "admin.", "ad min", "a.d.m.i.n", "Admins", "the server", "1admin", "👑 admin", "admin🙂", "admín", "OPERATOR 1", "管理 员", "管理员2", "系统管理员", "站長"} {
		for _, key := range []string{"", "K"} {
			u := enter(t, h, at(name, key))
			if got := u.Who().Name; !strings.HasPrefix(got, "guest") || u.Who().Verified || !strings.Contains(read(t, u), "is for operators, so you are guest") {
				t.Errorf("%s, with the key %q, comes as %s", name, key, got)
			}
			_, err := u.Rename(name)
			refuses(t, "renaming to "+name, err, NameOffice)
			u.Leave(Quit)
			v, _, err := h.Visit(at(name, key))
			if err != nil || alike(v.Who().Name, name) {
				t.Errorf("%s, with the key %q, visits as %+v, %v", name, key, v.Who(), err)
			}
			v.Leave(Quit)
		}
	}
	for _, name := range []string{"Adminah", "admin-tools", "Big Server", "systemd", "root", "Servera", "Theo", "小管理"} {
		if _, err := enter(t, NewHouse(), at("x", "")).Rename(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := does(t, root, "/nick Admin"); got != "root=Admin" || !root.Who().Verified {
		t.Errorf("an operator reads %s", got)
	}
	does(t, root, "/nick root")
	bob := enter(t, h, at("bob", "B"))
	does(t, root, "/op bob")
	does(t, bob, "/nick operator")
	does(t, root, "/deop operator")
	bob.Leave(Quit)
	if who := enter(t, h, at("operator", "B")).Who(); who.Name != "operator" || !who.Verified {
		t.Errorf("who has the name already comes as %+v", who)
	}
}

// Who comes by a name that nobody may have is called by the latest of its own, where it has
// one: so it is when the rules change, and at each machine where the login is an office.
func TestOwnNameInPlaceOfNone(t *testing.T) {
	for _, name := range []string{"admin", "verified", "10.0.0.1", "!!!"} {
		h := NewHouse()
		enter(t, h, at("alice", "A")).Leave(Quit)
		u := enter(t, h, at(name, "A"))
		if who := u.Who(); who.Name != "alice" || !who.Verified || !strings.Contains(read(t, u), "so you are alice") {
			t.Errorf("as %s, alice comes as %+v", name, who)
		}
		if who := enter(t, h, at(name, "B")).Who(); who.Name == "alice" || who.Verified {
			t.Errorf("as %s, somebody else comes as %+v", name, who)
		}
	}
}
