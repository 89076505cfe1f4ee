package credential

// Span makes a store use so few places of each status list, so that a test can fill one.
func (s *Store) Span(places int) { s.span = places }

// ListBits is how many places a list has.
const ListBits = listBits

// Draw draws a certificate with the proof of its record.
var Draw = draw
