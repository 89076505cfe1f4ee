package browsertest

import "testing"

// TestJourneys are what people do, side by side in one house.
func TestJourneys(t *testing.T) {
	for name, journey := range map[string]func(*testing.T, *world){
		"whole way on a phone without JavaScript": wholeWay,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journey(t, theWorld)
		})
	}
}

// wholeWay is a newcomer's, from the first page to a certificate.
func wholeWay(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Ada", "Moss"), "support-basics", phone)
	j.applies()
	j.press("See where your application stands").at("/apply/status")
	j.waits("/apply/status", "Take the quiz")
}
