package room

import "teahouse/internal/moderation"

// RecordAudit adds an act to the audit log, which gives it a number and a time. [Config].OnAudit may
// take long; that delays nobody but the operator. The caller must not hold a lock.
func (h *Hub) RecordAudit(e moderation.AuditEntry) {
	st := h.Lock()
	e = st.Moderation.Audit.Add(e, st.nodeBits != 0, st.Keys.PersonOf)
	st.Unlock()
	if h.config.OnAudit != nil {
		h.config.OnAudit(e)
	}
}
