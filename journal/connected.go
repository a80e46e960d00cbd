package journal

// Connected reports whether there is a connection to the engine. Where that is elsewhere,
// it is noticed within some seconds that it does not answer.
func (j *Journal) Connected() bool { return j.engine.isEmbedded() || j.engine.nc.IsConnected() }
