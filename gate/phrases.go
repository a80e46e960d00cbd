package gate

import "teahouse/room"

// The sentences for those who may not come in.
const (
	TooManyHere room.Phrase = "There are too many connections from your address: the limit is %d. Close one, or try again later."
	TooManyNear room.Phrase = "There are too many connections from your network: the limit is %d. Try again later."
	TooFast     room.Phrase = "Too many connections came from your address in the last minute. Try again in a minute."
	TooBusy     room.Phrase = "Too many people are coming in at this moment. Try again in a few seconds."
	Full        room.Phrase = "The house is full. Try again later."
)
