package moderation

import (
	"iter"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/text"
)

const (
	// MaxMotdBytes and MaxTopicBytes limit these texts.
	MaxMotdBytes  = 1000
	MaxTopicBytes = 300

	// MaxSlowSeconds is the longest interval, in seconds, between two lines of one person in slow
	// mode.
	MaxSlowSeconds = 3600
)

// settingsKey is the key of the only record of settings.
const settingsKey = "all"

// Settings are what operators have set for everybody.
type Settings struct {
	Motd        string `json:"motd,omitempty"`
	Topic       string `json:"topic,omitempty"`
	SlowSeconds int    `json:"slow,omitempty"` // 0 means off
	Lockdown    bool   `json:"lockdown,omitempty"`
}

func (s *Settings) sanitize(string, time.Time) error {
	s.Motd, s.Topic = text.Limit(s.Motd, MaxMotdBytes, text.CleanLine), text.Limit(s.Topic, MaxTopicBytes, text.CleanLine)
	s.SlowSeconds = min(max(s.SlowSeconds, 0), MaxSlowSeconds)
	return nil
}

// SlowMode returns the shortest interval between two lines of one person, or 0.
func (s Settings) SlowMode() time.Duration { return time.Duration(s.SlowSeconds) * time.Second }

// Settings returns the settings that hold for everybody.
func (s *State) Settings() Settings { return s.settings }

// ChangeSettings changes the settings that hold for everybody.
func (s *State) ChangeSettings(change func(*Settings)) {
	change(&s.settings)
	if s.settings == (Settings{}) {
		s.settingsTable.WriteDelete(settingsKey)
		return
	}
	s.settingsTable.Write(settingsKey, &s.settings)
}

func (s *State) initSettings() {
	take := func(_ string, read *Settings) { s.settings = *read }
	s.settingsTable = records.Table[string, Settings]{
		Name: "serversettings", Partition: records.Authority, Sanitize: (*Settings).sanitize,
		Load: take, Apply: take, ApplyDelete: func(string) { s.settings = Settings{} },
		Stored: s.storedSettings,
	}
}

// storedSettings returns the record of the settings, if anything is set.
func (s *State) storedSettings() iter.Seq2[string, *Settings] {
	return func(yield func(string, *Settings) bool) {
		if s.settings != (Settings{}) {
			yield(settingsKey, &s.settings)
		}
	}
}
