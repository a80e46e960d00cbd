package builtin

import (
	"slices"
	"strings"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"audit"}, Params: []string{"[rooms]", "[N]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupOperators, Operator: true, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"list what operators or room owners did", "查看管理员或房主的操作", "查看管理員或房主的操作"},
		Explanation: i18n.Words{
			"Lists the latest actions of operators. With rooms it lists those of room owners.",
			"列出管理员最近的操作；加 rooms 则列出房主最近的操作。",
			"列出管理員最近的操作；加 rooms 則列出房主最近的操作。",
		},
		Example: "audit 20",
		Run:     audit,
	})
}

// An AuditReply lists acts of operators, or of room owners, oldest first.
type AuditReply struct {
	room.PlainReply
	Owners  bool
	Entries []*moderation.AuditEntry
}

// Sentences is part of [room.TextReply].
func (r *AuditReply) Sentences() (lines []reply.Sentence) {
	switch {
	case len(r.Entries) == 0 && r.Owners:
		return []reply.Sentence{reply.Say(reply.NoOwnerEntries)}
	case len(r.Entries) == 0:
		return []reply.Sentence{reply.Say(reply.NoAuditEntries)}
	}
	for _, e := range r.Entries {
		lines = append(lines, reply.Say(reply.AuditLine, reply.Moment(e.Time), e.By, e.Summary()))
	}
	return lines
}

func (r *AuditReply) Cost() (items int, messages []*room.Event) { return len(r.Entries), nil }

// defaultAuditLines is how many acts /audit shows unless asked for another number.
const defaultAuditLines = 20

// audit implements /audit and /audit rooms.
func audit(s *command.Runner, args []string) (room.Reply, error) {
	h := s.Hub()
	list, owners, typed := (*moderation.AuditLog).Operators, false, strings.Join(args, " ")
	if first, rest := text.CutWord(typed); first == "rooms" {
		list, owners, typed = (*moderation.AuditLog).Owners, true, rest
	}
	most, err := parseNumber(typed, defaultAuditLines, 1, moderation.MaxAuditEntries)
	if err != nil {
		return nil, err
	}
	st := h.Lock()
	defer st.Unlock()
	all := list(&st.Moderation.Audit)
	return &AuditReply{Owners: owners, Entries: slices.Clone(all[max(0, len(all)-most):])}, nil
}
