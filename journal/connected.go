package journal

// connected reports whether there is a connection to the server. Where that is elsewhere,
// it is noticed within some seconds that it does not answer.
func (e *engine) connected() bool { return e.isEmbedded() || e.nc.IsConnected() }
