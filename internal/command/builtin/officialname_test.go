package builtin_test

import (
	"strings"
	"testing"

	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Only operators may have a name that sounds like the server or its operators, however it is
// spelled, whether on entering, by renaming or for a command. A person who already owned such a
// name keeps it.
func TestOfficialNamesAreForOperators(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	for _, name := range []string{"admin", "Admin", "ADMIN", "аdmin", "Server", "SYSTEM", "ｓｙｓｔｅｍ", "0perator", "operators", "管理员", "系統通知",
		"admin-2", "admin_", "admin.", "ad min", "a.d.m.i.n", "Admins", "the server", "1admin", "👑 admin", "admin🙂", "admín", "OPERATOR 1", "管理 员", "管理员2", "系统管理员", "站長"} {
		for _, key := range []string{"", "K"} {
			s := roomtest.Enter(t, h, roomtest.At(name, ids.Fingerprint(key)))
			if got := s.UserInfo().Name; !strings.HasPrefix(got, "guest") || s.UserInfo().Verified || !strings.Contains(roomtest.Read(t, s), testkit.EnglishPart(reply.AssignedOfficial, 1)+"guest") {
				t.Errorf("%s, with the key %q, enters as %s", name, key, got)
			}
			_, err := s.Rename(name)
			roomtest.Refuses(t, "renaming to "+name, err, reply.NameOfficial)
			s.Leave(room.Quit)
			v, _, err := roomtest.ExecHub(h, roomtest.At(name, ids.Fingerprint(key)))
			if err != nil || roomtest.Alike(v.UserInfo().Name, name) {
				t.Errorf("%s, with the key %q, in a one-shot session is %+v, %v", name, key, v.UserInfo(), err)
			}
			v.Leave(room.Quit)
		}
	}
	for _, name := range []string{"Adminah", "admin-tools", "Big Server", "systemd", "root", "Servera", "Theo", "小管理"} {
		if _, err := roomtest.Enter(t, room.New(room.Config{}), roomtest.At("x", "")).Rename(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := roomtest.Does(t, root, "/nick Admin"); got != "root=Admin" || !root.UserInfo().Verified {
		t.Errorf("an operator reads %s", got)
	}
	roomtest.Does(t, root, "/nick root")
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, root, "/op bob")
	roomtest.Does(t, bob, "/nick operator")
	roomtest.Does(t, root, "/deop operator")
	bob.Leave(room.Quit)
	if who := roomtest.Enter(t, h, roomtest.At("operator", "B")).UserInfo(); who.Name != "operator" || !who.Verified {
		t.Errorf("the owner of the name enters as %+v", who)
	}
}

// A person who asks for a name that nobody may have gets the last used of their own names, if they
// have any. This happens when the rules change, and on machines whose login name sounds official.
func TestOwnNameInPlaceOfOfficial(t *testing.T) {
	for _, name := range []string{"admin", "verified", "10.0.0.1", "!!!"} {
		h := room.New(room.Config{})
		roomtest.Enter(t, h, roomtest.At("alice", "A")).Leave(room.Quit)
		s := roomtest.Enter(t, h, roomtest.At(name, "A"))
		if who := s.UserInfo(); who.Name != "alice" || !who.Verified || !strings.Contains(roomtest.Read(t, s), "you are called alice") {
			t.Errorf("as %s, alice enters as %+v", name, who)
		}
		if who := roomtest.Enter(t, h, roomtest.At(name, "B")).UserInfo(); who.Name == "alice" || who.Verified {
			t.Errorf("as %s, somebody else enters as %+v", name, who)
		}
	}
}
