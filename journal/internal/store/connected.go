package store

// Connected reports whether there is a connection to the server. For NATS servers elsewhere it
// takes some seconds to notice that they no longer answer.
func (e *engine) Connected() bool { return e.IsEmbedded() || e.Conn.IsConnected() }
