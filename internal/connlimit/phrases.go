package connlimit

import "teahouse/room"

// The sentences for those who may not come in.
const (
	TooManyFromAddress room.Code = "connlimit-too-many-from-address"
	TooManyFromNetwork room.Code = "connlimit-too-many-from-network"
	TooManyConnects    room.Code = "connlimit-too-many-connects"
	TooManyHandshakes  room.Code = "connlimit-too-many-handshakes"
	ServerFull         room.Code = "connlimit-server-full"
)
