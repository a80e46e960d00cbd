package names

import "testing"

// Every string becomes a name, and a name stays what it is.
func TestRepair(t *testing.T) {
	for in, want := range map[string]string{
		`CORP\carol`:        "carol",
		"carol@example.com": "carol-example.com",
		"* alice joined":    "alice-joined",
		"bob: I resign":     "bob I resign",
		"O’Brien":           "O'Brien",
		"alice (verified)":  Fallback,
		"10.0.0.1":          Fallback,
		"":                  Fallback,
	} {
		got, id, err := Repair(in)
		if got != want || id.Key != Key(want) || (err != nil) != (want == Fallback) {
			t.Errorf("who asks to be called %q is called %q (key %q, error %v), want %q", in, got, id.Key, err, want)
		}
		if again := Repaired(got); again != got {
			t.Errorf("%q is a name, and still Repair makes it %q", got, again)
		}
	}
}
