package connlimit

import "teahouse/internal/reply"

// The sentences that refused clients read.
const (
	TooManyFromAddress reply.Code = "connlimit-too-many-from-address"
	TooManyFromNetwork reply.Code = "connlimit-too-many-from-network"
	TooManyConnects    reply.Code = "connlimit-too-many-connects"
	TooManyHandshakes  reply.Code = "connlimit-too-many-handshakes"
	ServerFull         reply.Code = "connlimit-server-full"
)
