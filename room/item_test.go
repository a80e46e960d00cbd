package room

import "teahouse/internal/reply"

// eventOf returns the event that an item is or has, and one of no kind for other items.
func eventOf(item Item) *Event {
	switch item := item.(type) {
	case *Event:
		return item
	case *MessageSent:
		return item.Message
	}
	return &Event{}
}

// linesOf returns the sentences that a reply is shown as.
func linesOf(item Item) []reply.Sentence {
	switch r := item.(type) {
	case *Refused:
		return []reply.Sentence{r.Sentence()}
	case *MessageSent:
		return []reply.Sentence{r.Note}
	case *FollowReply:
		return r.Warnings
	case *HistoryPage:
		return []reply.Sentence{r.Rest()}
	case *HelpReply:
		if r.Group == "" {
			return []reply.Sentence{reply.Say(reply.HelpGroups)}
		}
	case TextReply:
		return r.Sentences()
	case *Event:
		return []reply.Sentence{reply.Say(r.Code, r.Args...)}
	}
	return nil
}

// sentenceOf returns the only sentence that an item is shown as, or none.
func sentenceOf(item Item) reply.Sentence {
	if lines := linesOf(item); len(lines) == 1 {
		return lines[0]
	}
	return reply.Sentence{}
}

// messagesOf returns the messages that a reply has.
func messagesOf(item Item) []*Event {
	if r, ok := item.(Reply); ok {
		_, messages := r.size()
		return messages
	}
	return nil
}
