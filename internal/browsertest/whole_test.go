package browsertest

import "testing"

// TestJourneys are what people do, side by side in one house.
func TestJourneys(t *testing.T) {
	for name, journey := range map[string]func(*testing.T, *world){
		"whole way on a phone without JavaScript": wholeWay,
		"with the keyboard alone":                 byKeyboard,
		"left at every page, taken up elsewhere":  leftAndTakenUp,
		"two tabs":                                twoTabs,
		"links expired, used twice, cut short":    links,
		"five megabytes in a name":                hugePaste,
		"script in every field":                   scripted,
		"right-to-left and emoji":                 func(t *testing.T, w *world) { calledBy(t, w, "مريم 🌻", "الخطيب") },
		"one word":                                func(t *testing.T, w *world) { calledBy(t, w, "Suharto", "Suharto") },
		"an apostrophe":                           func(t *testing.T, w *world) { calledBy(t, w, "Siobhán", "O'Brien-Smith") },
		"every form sent empty":                   emptyForms,
		"a report that speaks against somebody":   adverse,
		"a name on a list, another person's":      cleared,
		"ops and auditor":                         operations,
		"an e-mail address corrected":             corrects,
		"ended before its time":                   ends,
		"other companies' pages":                  elsewhere,
		"wrong turns":                             wrongTurns,
		"declined in the end":                     declined,
		"a certificate past its time":             expired,
		"a certificate renewed":                   renewed,
		"a renewal that nobody asks for":          notRenewed,
		"every link":                              everyLink,
		"in Spanish":                              inSpanish,
		"all that can be asked":                   allAsked,
		"equipment by hand":                       byHand,
		"a certificate revoked":                   revoked,
		"signed out while away":                   staysSignedIn,
		"a button pressed three times":            pressedTwice,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journey(t, theWorld)
		})
	}
}

// wholeWay is a newcomer's, from the first page to a certificate that anybody can
// verify.
func wholeWay(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Ada", "Moss"), "support-basics", phone)
	j.applies()
	j.press("See where your application stands").at("/apply/status")
	j.certifies("support-basics")
	j.press("See your certificate").at("/apply/certificate").says("Valid", "Support Basics")
	proves(t, w, j)
}

// calledBy goes the whole way under a name that forms often do not take.
func calledBy(t *testing.T, w *world, given, family string) {
	j := w.begins(t, newcomer(given, family), "support-basics", smartphone)
	j.answers().agrees()
	j.says(given, family)
	j.send().at("/apply/submitted")
	j.certifies("support-basics")
	j.open("/apply/certificate")
	badge := proves(t, w, j)
	if badge.holder() != given+" "+family && badge.holder() != given {
		t.Errorf("the certificate is %q's", badge.holder())
	}
}
