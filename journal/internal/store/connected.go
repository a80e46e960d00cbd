package store

// Connected reports whether there is a connection to the server. Where that is elsewhere,
// it is noticed within some seconds that it does not answer.
func (e *engine) Connected() bool { return e.IsEmbedded() || e.Conn.IsConnected() }
