package accounts

import (
	"maps"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/sanitize"
)

const (
	// MaxNameNotices is for how many people notices are stored, and MaxLostNames how many lost
	// names of each, keeping the latest.
	MaxNameNotices = 10_000
	MaxLostNames   = MaxNames

	// briefUse is how long a name may be in use and still count as used once.
	briefUse = 24 * time.Hour
)

// A NameNotice is what a person must be told when they come back: which of their names they no
// longer own, or have changed.
type NameNotice struct {
	LostNames []string          `json:"names,omitempty"`
	Repaired  map[string]string `json:"mended,omitempty"` // new names for those that the rules no longer allow
	Since     time.Time         `json:"since"`            // when the last of them was added
}

func (n *NameNotice) sanitize(_ string, now time.Time) error {
	n.LostNames, n.Since = sanitize.Names(n.LostNames, MaxLostNames), sanitize.Time(n.Since, now)
	return nil
}

func noticeTable() records.Table[ids.Account, NameNotice] {
	return records.Table[ids.Account, NameNotice]{Name: "namenotices", Partition: records.Authority, Sanitize: (*NameNotice).sanitize}
}

// NoteLost notes that the owner of a name must be told that they have lost it.
func (n *Names) NoteLost(o *OwnedName) {
	switch notice := n.notices.Get(o.Person); {
	case notice != nil && slices.Contains(notice.LostNames, o.Name):
		return
	case notice == nil && n.notices.Len() >= MaxNameNotices && o.LastUsed.Sub(o.Since) < briefUse:
		return // otherwise somebody with many keys could push out other people's notices
	}
	n.addNotice(o.Person, func(notice *NameNotice) {
		notice.LostNames = append(notice.LostNames, o.Name)
		notice.LostNames = notice.LostNames[max(0, len(notice.LostNames)-MaxLostNames):]
	})
}

// addNotice adds to what a person must be told.
func (n *Names) addNotice(person ids.Account, add func(*NameNotice)) {
	notice := &NameNotice{Repaired: map[string]string{}, Since: time.Now()}
	if old := n.notices.Get(person); old != nil {
		notice.LostNames = slices.Clone(old.LostNames)
		maps.Copy(notice.Repaired, old.Repaired)
	} else if n.notices.Len() >= MaxNameNotices {
		n.notices.DeleteOldest(func(old *NameNotice) time.Time { return old.Since })
	}
	add(notice)
	n.notices.Put(person, notice)
}

// TakeNotice returns, once, what a person must be told about their names, or nil. It leaves out
// lost names that they own again.
func (n *Names) TakeNotice(person ids.Account) *NameNotice {
	notice := n.notices.Get(person)
	if notice == nil {
		return nil
	}
	n.notices.Delete(person)
	notice.LostNames = slices.DeleteFunc(slices.Clone(notice.LostNames), func(name string) bool {
		id, err := names.Check(name)
		return err == nil && n.Owns(person, id)
	})
	return notice
}
