package connlimit

import "teahouse/room"

// The sentences for those who may not come in.
const (
	TooManyFromAddress room.Code = "There are too many connections from your address: the limit is %d. Close one, or try again later."
	TooManyFromNetwork room.Code = "There are too many connections from your network: the limit is %d. Try again later."
	TooManyConnects    room.Code = "Too many connections came from your address in the last minute. Try again in a minute."
	TooManyHandshakes  room.Code = "Too many people are coming in at this moment. Try again in a few seconds."
	ServerFull         room.Code = "The house is full. Try again later."
)
