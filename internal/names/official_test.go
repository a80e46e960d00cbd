package names

import "testing"

// However an official name is spelled, people read it as one; a name that only begins like one
// is different.
func TestIsOfficial(t *testing.T) {
	for name, want := range map[string]bool{
		"admin": true, "аdmin": true, "ｓｙｓｔｅｍ": true, "0perator": true, "admin-2": true, "ad min": true, "Admins": true, "the server": true,
		"👑 admin": true, "admín": true, "管理 员": true, "管理员2": true, "站長": true,
		"Adminah": false, "admin-tools": false, "Big Server": false, "systemd": false, "root": false, "小管理": false,
	} {
		id, err := Check(name)
		if err != nil || id.IsOfficial() != want {
			t.Errorf("%q counts as a name of the server or an operator: %t (error %v), want %t", name, id.IsOfficial(), err, want)
		}
	}
}
