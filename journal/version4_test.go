package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"teahouse/internal/ids"
	"teahouse/internal/records"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// The people in the data directory of version 4.
const (
	version4Alice = "SHA256:eTBZYNwhYXyaJDMMimWUEfDtLN+sPAKdqJ+AhIW472w"
	version4Bob   = "SHA256:nSvpl7c0l12dBii8IHmsqcY8915uZj8b81C7R4phBag"
	version4Carol = "SHA256:LUGkMZ9krc0kDuxd7R+trIdZr2JOD9r1z98d5nzbJZM"
	version4Robot = "SHA256:jGIBTR16fjY6UwSOPfB16tMzcvOU7fVi8DwjC/bjPmE"
)

// unpackVersion4 returns a copy of a data directory that version 4 left after a clean stop.
func unpackVersion4(t *testing.T) (dir string) {
	t.Helper()
	return testkit.Unpack(t, filepath.Join("testdata", "version4.tar.gz.base64"))
}

// version4Records are records that were stored, one of each table.
var version4Records = []records.Record{
	record("operators", version4Alice, `{"name":"alice","by":"the code in the log","since":"2026-11-30T14:44:13.6469904Z"}`),
	record("operators", version4Bob, `{"name":"bob","by":"alice","since":"2026-11-30T14:44:20.449973549Z"}`),
	record("names", "bob", `{"name":"bob","person":"`+version4Bob+`","since":"2026-11-30T14:44:16.939280013Z","seen":"2026-11-30T14:44:19.574906118Z"}`),
	record("rooms", "go", `{"name":"go","owner":"`+version4Alice+`","since":"2026-11-30T14:44:14.154585966Z","private":true,"topic":"the language","invited":{"`+version4Alice+`":"alice"}}`),
	record("bots", version4Robot, `{"name":"robot","since":"2026-11-30T14:44:20.333844519Z","seen":"2026-11-30T14:44:20.394142616Z","commands":[{"name":"deploy","params":"WHERE","help":"Deploys."}]}`),
	record("bans", "192.0.2.7/32", `{"target":"192.0.2.7/32","by":"alice","reason":"loud","since":"2026-11-30T14:44:20.506337287Z","until":"2026-12-03T14:44:20.506330046Z"}`),
	record("mutes", version4Carol, `{"target":"`+version4Carol+`","name":"carol","by":"alice","since":"2026-11-30T14:44:20.602031404Z","until":"2026-12-28T14:44:20.60201479Z"}`),
	record("serversettings", "all", `{"motd":"Be kind.","slow":2}`),
	record("invites", "YZFZ7MXOGSWEDW2C", `{"by":"alice","key":"`+version4Alice+`","since":"2026-11-30T14:44:20.849999615Z","until":"2026-12-07T14:44:20.849999615Z"}`),
	record("audit", "8", `{"n":8,"time":"2026-11-30T14:44:20.850038362Z","by":"alice","key":"`+version4Alice+`","what":"invite"}`),
	record("settings", version4Alice, `{"clock":"12"}`),
	record("inputhistories", version4Bob, `{"lines":["good evening","/ignore carol","/away tea"],"used":"2026-11-30T14:44:19.574811446Z"}`),
	record("readmarkers", version4Bob+" lobby", `{"at":"2026-11-30T14:44:24.177367409Z","first":"2026-11-30T14:44:21.21002484Z","used":"2026-11-30T14:44:25.178255058Z"}`),
}

// version4Lines are the stored messages, by room.
var version4Lines = map[string][]string{
	string(room.Lobby): {"hello 小明", "tea at six?", "I am bob", "good evening", "hi from carol", "a line that bob follows"},
	"go":               {"channels or mutexes?"},
}

// checkVersion4 checks that everything in the data directory of version 4 is there, except what
// expires.
func checkVersion4(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(testContext(t), Config{Dir: dir, HistoryLimits: room.HistoryLimits{Lines: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close(testContext(t)) })
	stored, err := j.records.all(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 23 {
		t.Errorf("%d records are stored", len(stored))
	}
	for _, want := range version4Records {
		if !slices.ContainsFunc(stored, func(r records.Record) bool {
			return r.Table == want.Table && r.Key == want.Key && bytes.Equal(r.Value, want.Value)
		}) {
			t.Errorf("the record %q of %s has changed", want.Key, want.Table)
		}
	}
	hub := room.New(room.Config{Messages: j, Records: j, HistoryLimits: room.HistoryLimits{Lines: 1000}})
	if err := hub.Load(stored); err != nil {
		t.Error(err)
	}
	if !hub.IsOperator(version4Alice) || !hub.IsOperator(version4Bob) || hub.IsOperator(version4Carol) {
		t.Error("the operators have changed")
	}
	if err := j.loadHistory(testContext(t), hub); err != nil {
		t.Fatal(err)
	}
	for name, want := range version4Lines {
		if got := textsOf(hub.History()[ids.Room(name)]); !slices.Equal(got, want) {
			t.Errorf("in %s the messages are %q, want %q", name, got, want)
		}
	}
	if a, ok := j.AccountByName("alice"); !ok || a.ID != version4Alice {
		t.Errorf("alice is %+v", a)
	}
	return j
}

// A data directory that version 4 left after a clean stop is opened: everything is there. Then
// it is opened again, as one of the current version.
func TestVersion4(t *testing.T) {
	t.Parallel()
	dir := unpackVersion4(t)
	for range 2 {
		if err := checkVersion4(t, dir).Close(testContext(t)); err != nil {
			t.Fatal(err)
		}
	}
}

// That server was killed: there is no manifest of its files.
func TestVersion4AfterAKill(t *testing.T) {
	t.Parallel()
	dir := unpackVersion4(t)
	if err := os.Remove(filepath.Join(dir, layout.FolderName, "sealed")); err != nil {
		t.Fatal(err)
	}
	checkVersion4(t, dir)
}

// Salvage of that directory finds everything, including the private message, which in the
// directory itself expires after 30 days.
func TestSalvageOfVersion4(t *testing.T) {
	t.Parallel()
	var saved bytes.Buffer
	if _, err := Salvage(unpackVersion4(t), &saved); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := RestoreBackup(testContext(t), Config{Dir: dir}, &saved); err != nil {
		t.Fatal(err)
	}
	j := checkVersion4(t, dir)
	messages, err := j.OfflineMessages(t.Context(), version4Bob)
	if err != nil {
		t.Fatal(err)
	}
	if got := textsOf(messages); !slices.Equal(got, []string{"a letter for bob"}) || messages[0].User.Person != version4Carol {
		t.Errorf("waiting for bob: %q", got)
	}
}
