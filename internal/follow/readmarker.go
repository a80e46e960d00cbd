package follow

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ratelimit"
	"teahouse/room"
)

// saveDelay is how long a changed marker may be in memory only.
const saveDelay = time.Second

// advance moves s's marker forward to the line said at a given time.
func advance(st *room.State, s *room.Session, at time.Time) {
	h, key := s.Hub(), markerKey(s)
	if at.IsZero() || st.People.IsRevoked(s) {
		return
	}
	if st.ReadMarkers.Advance(key, at) {
		time.AfterFunc(saveDelay, func() { save(h, key) })
	}
}

func save(h *room.Hub, key string) {
	st := h.Lock()
	defer st.Unlock()
	st.ReadMarkers.Save(key)
}

// addMarker adds a marker of s in the room that it begins to follow, unless it has one. It reports
// whether there is one now; if there was no space, s has none until it follows again.
func addMarker(st *room.State, s *room.Session) bool {
	key, markers := markerKey(s), st.ReadMarkers
	if markers.Get(key) != nil {
		return true
	}
	if s.Person == "" {
		return false
	}
	own, most := 0, accounts.MaxReadMarkersPerPerson
	for range markers.Of(s.Person) {
		own++
	}
	if st.People.IsNewcomer(s.Person) {
		most = accounts.MaxReadMarkersPerNewcomer
	}
	if st.People.IsFullFor(s.Person, markers.Len(), accounts.MaxReadMarkers) {
		sweep(st)
	}
	if own >= most || st.People.IsFullFor(s.Person, markers.Len(), accounts.MaxReadMarkers) || !st.People.TakeQuota(s, ratelimit.ReadMarkerQuota(), 1) {
		return false
	}
	markers.Set(key, &accounts.ReadMarker{CreatedAt: time.Now()})
	return true
}

// sweep drops the markers of people who did not come back.
func sweep(st *room.State) {
	if !st.People.MaySweep(st.ReadMarkers.Name) {
		return
	}
	inUse := map[string]bool{}
	for s := range st.Following {
		inUse[markerKey(s)] = true
	}
	for key, m := range st.ReadMarkers.All() {
		if !inUse[key] && st.People.IsUnused(m.CreatedAt, m.LastUsed()) {
			st.ReadMarkers.Put(key, nil)
		}
	}
}
