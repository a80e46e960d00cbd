package store

// Connected reports whether there is a connection to the server. Where that is elsewhere,
// it is noticed within some seconds that it does not answer.
func (st *Store) Connected() bool { return st.IsEmbedded() || st.Conn.IsConnected() }
