package room

import (
	"iter"
	"sync"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/records"
	"teahouse/internal/text"
)

// partitions maps each table to its partition.
var partitions = sync.OnceValue(func() map[string]records.Partition { return New(Config{}).state.Tables.Partitions() })

// PartitionOf returns the partition of a table.
func PartitionOf(table string) records.Partition {
	if p, ok := partitions()[table]; ok {
		return p
	}
	return records.Authority
}

// registerTables creates the tables of all records, and says what follows when a record changes.
// Rights come first: the order of tables is the order in which they are stored again.
func (st *State) registerTables() {
	st.Tables = records.NewRegistry(st.hub.writeRecord, text.Clean)
	st.Moderation = st.Access.newModeration()
	st.Moderation.Register(st.Tables)
	st.Keys = accounts.NewKeys()
	st.Keys.OnApply = st.People.applyLinkedKey
	st.Names = st.Naming.newNames()
	st.Names.Register(st.Tables)
	st.Keys.Register(st.Tables)
	st.People.describeTables()
	st.Tables.Register(&st.Settings, &st.IgnoreLists, &st.InputHistories, &st.Bots, &st.ReadMarkers.Table)
	st.Rooms.describeTable()
	st.Tables.Register(&st.Rooms.records)
	st.Moderation.Audit.Register(st.Tables)
}

// newModeration returns a moderation state in which nothing is decided.
func (a *Access) newModeration() *moderation.State {
	m := moderation.New(moderation.Config{
		IsListedOperator: func(person ids.Account) bool { return a.st.Keys.HasListed(person, a.st.hub.config.IsOperatorKey) },
		IsListedAllowed:  func(person ids.Account) bool { return a.st.Keys.HasListed(person, a.st.hub.config.IsAllowedKey) },
		CountListedOperators: func() int {
			if a.st.hub.config.CountOperatorKeys == nil {
				return 0
			}
			return a.st.hub.config.CountOperatorKeys()
		},
		Now:       func() time.Time { return a.st.hub.EarliestTime() },
		IsLocal:   func(subject string) bool { return accounts.IsSessionSubject(subject) && a.st.nodeBits == 0 },
		IsSession: accounts.IsSessionSubject,
	})
	m.Bans.Applied = func(target string) {
		if p := m.Bans.Get(target); p != nil {
			a.EnforceBan(p)
		}
	}
	return m
}

// describeTables describes the tables of what people have besides keys and names.
func (p *People) describeTables() {
	p.st.Bots = records.Table[ids.Account, accounts.Bot]{
		Name: "bots", Partition: records.Authority, Sanitize: (*accounts.Bot).Sanitize, Owned: records.OwnedByKey(&p.st.Bots),
		Applied: func(person ids.Account) { p.SetBotFlag(person, p.st.Bots.Get(person) != nil) },
		Merge:   func(from, _ ids.Account) { p.st.Bots.Delete(from) }, // taking in a bot's key does not turn a person into a bot
	}
	p.st.Settings = records.Table[ids.Account, accounts.Settings]{
		Name: "settings", Partition: records.Personal, Sanitize: (*accounts.Settings).Sanitize, Owned: records.OwnedByKey(&p.st.Settings),
		Merge: p.moveSettings, Applied: p.refreshSettings,
	}
	p.st.IgnoreLists = records.Table[ids.Account, accounts.IgnoreList]{
		Name: "ignorelists", Partition: records.Personal, Sanitize: (*accounts.IgnoreList).Sanitize, Owned: records.OwnedByKey(&p.st.IgnoreLists),
		Applied: p.refreshIgnoreLists,
		Merge: func(from, to ids.Account) {
			p.st.IgnoreLists.Move(from, to)
			p.transferIgnores(from, to)
		},
	}
	p.st.InputHistories = records.Table[ids.Account, accounts.InputHistory]{ // a deletion only concerns what is stored, not what sessions have typed since
		Name: "inputhistories", Partition: records.Personal, Sanitize: (*accounts.InputHistory).Sanitize, Owned: records.OwnedByKey(&p.st.InputHistories),
		Merge: p.st.InputHistories.Move,
	}
	p.st.ReadMarkers = accounts.NewReadMarkers()
}

// describeTable describes the table of rooms. In memory, the rooms themselves hold its data.
func (rs *Rooms) describeTable() {
	rs.records = records.Table[ids.Room, roomRecord]{
		Name: "rooms", Partition: records.Authority, OpaqueKeys: true, Sanitize: (*roomRecord).sanitize,
		Load:        func(_ ids.Room, r *roomRecord) { rs.load(r) },
		Apply:       func(_ ids.Room, r *roomRecord) { rs.apply(r) },
		ApplyDelete: rs.applyDeletion,
		Owned: func(person ids.Account) iter.Seq2[ids.Room, *roomRecord] {
			return records.Filter(rs.allRecords(), func(r *roomRecord) bool { return r.Owner == person })
		},
		Stored: rs.allRecords,
	}
}

// allRecords returns the records of all rooms except the lobby, which always exists.
func (rs *Rooms) allRecords() iter.Seq2[ids.Room, *roomRecord] {
	return func(yield func(ids.Room, *roomRecord) bool) {
		for _, r := range rs.Sorted() {
			if r.ID != Lobby && !yield(r.ID, r.record()) {
				return
			}
		}
	}
}
