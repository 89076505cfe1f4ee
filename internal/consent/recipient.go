package consent

import "slices"

// Recipient is what is known of somebody who may get data, or who works on them: where,
// by what mechanism they get there, through whom, and how they are erased there
// (obligations 35, 40, 51, 52). What a vendor's agreement says goes before it.
type Recipient struct {
	ID    string
	Name  string // of the company, as it calls itself
	Role  Role
	Place Place // where it works on the data
	// Mechanism is by what the data may go there.
	Mechanism Mechanism
	// Subs are those that the recipient hands them on to, as far as they are public and
	// matter for what we ask; ListedAt is the address of its own list, which goes before.
	Subs     []SubProcessor
	ListedAt string
	// Unlisted says why there is no list to point to. One of the two is always there.
	Unlisted string
	Erases   Erasure
}

// SubProcessor is somebody that a recipient has work for it.
type SubProcessor struct {
	Name  string
	Place Place
}

// Role is what a recipient is to the person.
type Role string

// The roles.
const (
	RoleProcessor Role = "processor"                 // works for us and on our word
	RoleAgency    Role = "consumer reporting agency" // decides itself how it works, 15 USC 1681a(f)
	RoleOurselves Role = "ourselves"
	RoleSubject   Role = "the person"
	RoleAnybody   Role = "anybody" // by the person's own choice
)

// Place is a place where data are worked on.
type Place string

// The places. OurPlace is where the operator runs the deployment.
const (
	PlaceUS  Place = "US"
	PlaceEU  Place = "EU"
	OurPlace Place = "where we run"
	Anywhere Place = "anywhere"
)

// In says the place in words.
func (p Place) In() string {
	switch p {
	case PlaceUS:
		return "in the United States"
	case PlaceEU:
		return "in the European Union"
	case OurPlace:
		return "on our own machines"
	case Anywhere:
		return "wherever somebody opens the page"
	}
	return string(p)
}

// Abroad reports whether data leave the country of those who apply.
func (p Place) Abroad() bool { return p == PlaceEU || p == Anywhere }

// Mechanism is by what data may go to a recipient.
type Mechanism string

// The mechanisms, each a sentence for people.
const (
	MechanismNone      Mechanism = "The data do not leave our machines."
	MechanismDomestic  Mechanism = "The data stay in the country, by our agreement with the company."
	MechanismProcessor Mechanism = "A data processing agreement (GDPR Article 28) keeps the data within the European Economic Area."
	MechanismOwnChoice Mechanism = "You decide yourself who gets it."
)

// Erasure is how data are erased at a recipient.
type Erasure string

// The ways, each a sentence for people.
const (
	ErasedByAPI     Erasure = "We have it erased there by a call of the company's service."
	ErasedByLetter  Erasure = "We ask the company in writing, since its service has no call for it."
	ErasedAtOnce    Erasure = "The company keeps nothing of what we ask beyond its answer."
	ErasedWithUs    Erasure = "It goes when we erase it."
	ErasedByHolder  Erasure = "What you hold yourself only you can delete."
	ErasedByTakeOff Erasure = "It is off the page as soon as you say so."
)

const (
	askedForInAgreement = "It publishes no list that we know of. Ask for one in the agreement."
	ownContract         = "There is no public contract: ours with the company says whom it may use."
)

// recipients has everybody whom the register of purposes names, looked up in November
// 2026 in what each company publishes.
var recipients = []Recipient{
	{ID: RecipientOwn, Name: "We ourselves", Role: RoleOurselves, Place: OurPlace, Mechanism: MechanismNone, Erases: ErasedWithUs,
		Unlisted: "The operator's own: who runs the machines, the object store and Temporal for it."},
	{ID: RecipientHolder, Name: "You", Role: RoleSubject, Place: Anywhere, Mechanism: MechanismOwnChoice, Erases: ErasedByHolder, Unlisted: "None."},
	{ID: RecipientPublic, Name: "Anybody who has the address", Role: RoleAnybody, Place: Anywhere, Mechanism: MechanismOwnChoice, Erases: ErasedByTakeOff, Unlisted: "None."},
	{ID: RecipientMail, Name: "The mail service", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByLetter,
		Unlisted: "The operator's own relay: whoever runs it for them."},
	{ID: RecipientKickbox, Name: "Kickbox, Inc.", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByLetter, Unlisted: askedForInAgreement},
	{ID: RecipientTwilio, Name: "Twilio Inc.", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByLetter,
		Subs: []SubProcessor{{"Amazon Web Services, Inc.", PlaceUS}}, ListedAt: "https://www.twilio.com/en-us/legal/sub-processors"},
	{ID: RecipientTwilioSMS, Name: "Twilio Inc. (text messages)", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByAPI,
		Subs: []SubProcessor{{"Amazon Web Services, Inc.", PlaceUS}, {"Adaptive Mobile", PlaceUS}}, ListedAt: "https://www.twilio.com/en-us/legal/sub-processors"},
	{ID: RecipientSmarty, Name: "SmartyStreets, LLC", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByLetter, Unlisted: askedForInAgreement},
	{ID: RecipientMaxMind, Name: "MaxMind, Inc.", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByLetter, Unlisted: askedForInAgreement},
	{ID: RecipientStripe, Name: "Stripe, Inc.", Role: RoleProcessor, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByAPI,
		ListedAt: "https://stripe.com/legal/service-providers"},
	{ID: RecipientWatchman, Name: "Moov Watchman", Role: RoleOurselves, Place: OurPlace, Mechanism: MechanismNone, Erases: ErasedWithUs,
		Unlisted: "Open-source software that is run for us; it asks nobody else."},
	{ID: RecipientYente, Name: "OpenSanctions Datenbanken GmbH", Role: RoleProcessor, Place: PlaceEU, Mechanism: MechanismProcessor, Erases: ErasedAtOnce,
		Subs: []SubProcessor{{"Google Cloud", PlaceEU}}, ListedAt: "https://www.opensanctions.org/docs/terms/dpa/"},
	{ID: RecipientFindly, Name: "Findly", Role: RoleAgency, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByAPI, Unlisted: ownContract},
	{ID: RecipientCheckr, Name: "Checkr, Inc.", Role: RoleAgency, Place: PlaceUS, Mechanism: MechanismDomestic, Erases: ErasedByLetter,
		ListedAt: "https://checkr.com/legal/dpa"},
}

// Recipients lists everybody who may get data or works on them.
func Recipients() []Recipient {
	out := slices.Clone(recipients)
	for i := range out {
		out[i].Subs = slices.Clone(out[i].Subs)
	}
	return out
}

// RecipientOf gives what is known of a recipient; false for one that there is not.
func RecipientOf(id string) (Recipient, bool) {
	for _, r := range Recipients() {
		if r.ID == id {
			return r, true
		}
	}
	return Recipient{}, false
}
