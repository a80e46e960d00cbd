package sshd

import "teahouse/internal/reply"

// The codes of this package's sentences. Their words are in package i18n.
const (
	welcomeLine               reply.Code = "sshd-welcome-line"
	takeoverQuestion          reply.Code = "sshd-takeover-question"
	takeoverDeclined          reply.Code = "sshd-takeover-declined"
	howToLeave                reply.Code = "sshd-how-to-leave"
	offlineMessagesUnreadable reply.Code = "sshd-offline-messages-unreadable"
	mentionAlert              reply.Code = "sshd-mention-alert"
	privateMessageAlert       reply.Code = "sshd-private-message-alert"
	searchLabel               reply.Code = "sshd-search-label"
	pastedLabel               reply.Code = "sshd-pasted-label"
	inputFull                 reply.Code = "sshd-input-full"
	noSubsystem               reply.Code = "sshd-no-subsystem"
	commandTooLong            reply.Code = "sshd-command-too-long"
	pasteTooLong              reply.Code = "sshd-paste-too-long"
	pipeThrottled             reply.Code = "sshd-pipe-throttled"
	inputWillBeTruncated      reply.Code = "sshd-input-will-be-truncated"
	inputTruncated            reply.Code = "sshd-input-truncated"
)
