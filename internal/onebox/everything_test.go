package onebox_test

import "testing"

// TestStricterProgramToCertificate does whatever the stricter program asks for, on a
// phone without JavaScript: the measurement of the line is made as its script makes it.
func TestStricterProgramToCertificate(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	s := h.apply(ada, "health-line")
	st := s.certify(h.only(), ada, "health-line")
	s.open("/verify/" + st.Credential).at("/verify/" + st.Credential)
}
