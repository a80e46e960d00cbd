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
	for _, name := range []string{"admin", "Admin", "ADMIN", "аdmin", "Server", "SYSTEM", "ｓｙｓｔｅｍ", "0perator", "operators", "管理员", "系統通知"} {
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
	for _, name := range []string{"Adminah", "admin-tools", "Big Server", "systemd", "root"} {
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
