package room

import (
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Only operators may have a name that sounds like the server or its operators, however it is
// spelled: neither on entering, nor by renaming, nor for a command. A person who owned such a name
// before keeps it.
func TestOfficialNamesAreForOperators(t *testing.T) {
	h, root := ordered(t)
	for _, name := range []string{"admin", "Admin", "ADMIN", "аdmin", "Server", "SYSTEM", "ｓｙｓｔｅｍ", "0perator", "operators", "管理员", "系統通知",
		"admin-2", "admin_", "admin.", "ad min", "a.d.m.i.n", "Admins", "the server", "1admin", "👑 admin", "admin🙂", "admín", "OPERATOR 1", "管理 员", "管理员2", "系统管理员", "站長"} {
		for _, key := range []string{"", "K"} {
			s := enter(t, h, at(name, key))
			if got := s.User().Name; !strings.HasPrefix(got, "guest") || s.User().Verified || !strings.Contains(read(t, s), testkit.EnglishPart(reply.AssignedOfficial, 1)+"guest") {
				t.Errorf("%s, with the key %q, comes as %s", name, key, got)
			}
			_, err := s.Rename(name)
			refuses(t, "renaming to "+name, err, reply.NameOfficial)
			s.Leave(Quit)
			v, _, err := h.Exec(at(name, key))
			if err != nil || alike(v.User().Name, name) {
				t.Errorf("%s, with the key %q, visits as %+v, %v", name, key, v.User(), err)
			}
			v.Leave(Quit)
		}
	}
	for _, name := range []string{"Adminah", "admin-tools", "Big Server", "systemd", "root", "Servera", "Theo", "小管理"} {
		if _, err := enter(t, NewHub(), at("x", "")).Rename(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := does(t, root, "/nick Admin"); got != "root=Admin" || !root.User().Verified {
		t.Errorf("an operator reads %s", got)
	}
	does(t, root, "/nick root")
	bob := enter(t, h, at("bob", "B"))
	does(t, root, "/op bob")
	does(t, bob, "/nick operator")
	does(t, root, "/deop operator")
	bob.Leave(Quit)
	if who := enter(t, h, at("operator", "B")).User(); who.Name != "operator" || !who.Verified {
		t.Errorf("who has the name already comes as %+v", who)
	}
}

// A person who asks for a name that nobody may have gets the last used of their own names, if they
// have any. This happens when the rules change, and on machines whose login name sounds official.
func TestOwnNameInPlaceOfOfficial(t *testing.T) {
	for _, name := range []string{"admin", "verified", "10.0.0.1", "!!!"} {
		h := NewHub()
		enter(t, h, at("alice", "A")).Leave(Quit)
		s := enter(t, h, at(name, "A"))
		if who := s.User(); who.Name != "alice" || !who.Verified || !strings.Contains(read(t, s), "you are called alice") {
			t.Errorf("as %s, alice comes as %+v", name, who)
		}
		if who := enter(t, h, at(name, "B")).User(); who.Name == "alice" || who.Verified {
			t.Errorf("as %s, somebody else comes as %+v", name, who)
		}
	}
}
