package roomtest

import (
	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/reply"
	"teahouse/room"
)

// SentenceOf returns the only sentence that an item is shown as, or none.
func SentenceOf(item room.Item) reply.Sentence {
	if lines := LinesOf(item); len(lines) == 1 {
		return lines[0]
	}
	return reply.Sentence{}
}

// LinesOf returns the sentences that a reply is shown as.
func LinesOf(item room.Item) []reply.Sentence {
	switch r := item.(type) {
	case *room.Refused:
		return []reply.Sentence{r.Sentence()}
	case *room.MessageSent:
		return []reply.Sentence{r.Note}
	case *builtin.FollowReply:
		return r.Warnings
	case *command.HistoryPage:
		return []reply.Sentence{r.Rest()}
	case *builtin.HelpReply:
		if r.Group == "" {
			return []reply.Sentence{reply.Say(reply.HelpGroups)}
		}
	case room.TextReply:
		return r.Sentences()
	case *room.Event:
		return []reply.Sentence{reply.Say(r.Code, r.Args...)}
	}
	return nil
}

// MessagesOf returns the messages in a reply.
func MessagesOf(item room.Item) []*room.Event {
	if r, ok := item.(room.Reply); ok {
		_, messages := r.Cost()
		return messages
	}
	return nil
}

// EventOf returns the event that an item is or has, or an empty event.
func EventOf(item room.Item) *room.Event {
	switch item := item.(type) {
	case *room.Event:
		return item
	case *room.MessageSent:
		return item.Message
	}
	return &room.Event{}
}
