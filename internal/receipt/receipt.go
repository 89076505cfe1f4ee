// Package receipt writes the receipt of one consent for the person who gave it:
// the fields of ISO/IEC TS 27560:2023 under the names that the W3C DPV guide
// prints, as JSON-LD in terms of the Data Privacy Vocabulary 2.3. It says what the
// person was told and what became of it. What proves the consent (address,
// browser, typed name) stays sealed with us and is not in it.
package receipt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// The namespaces and profiles of a receipt.
const (
	// SchemaReceipt and SchemaRecord name the profiles that the DPV group publishes
	// for ISO/IEC TS 27560.
	SchemaReceipt = "https://w3id.org/dpv/schema/dpv-27560#receipt-record"
	SchemaRecord  = "https://w3id.org/dpv/schema/dpv-27560#record"

	dpv = "https://w3id.org/dpv#"
	pd  = "https://w3id.org/dpv/pd#"
	loc = "https://w3id.org/dpv/loc#"
	dct = "http://purl.org/dc/terms/"
	own = "https://w3id.org/vouchsafe/"
)

// MediaType is of the bytes that Encode gives.
const MediaType = `application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"`

// Consent is one consent as the applicant may know it.
type Consent struct {
	ID        string
	Kind      consent.Kind
	Purpose   consent.PurposeID
	Notice    ledger.NoticeRef
	Method    string    // "button", "typed_signature" or "client_form"; empty when it is not known
	ShownAt   time.Time // zero when it is not known
	GivenAt   time.Time
	Withdrawn time.Time // zero while it stands
}

// Input is what a receipt is made of.
type Input struct {
	Subject onboarding.ApplicantID
	Consent Consent
	Program program.Program // who decides, and whom it has check what
	// Name gives a recipient's name as people know it.
	Name func(recipient string) string
	// Written is when the receipt is made.
	Written time.Time
}

// Receipt is the document. Its members stand in the order of the standard's
// sections.
type Receipt struct {
	Context map[string]any `json:"@context"`
	ID      string         `json:"@id"`
	Type    string         `json:"@type"`

	SchemaVersion string `json:"schema_version"`
	ReceiptID     string `json:"receipt_id"`
	Written       string `json:"receipt_written"`
	Record        Record `json:"record"`

	// Proof shows that the consent's record stands in a signed checkpoint over all
	// ledgers (internal/witness); while none has it, Pending says so.
	Proof   json.RawMessage `json:"ledger_proof,omitempty"`
	Pending string          `json:"ledger_proof_pending,omitempty"`
}

// Sealed puts the proof of the consent's record on the receipt; nil: there is none yet.
func (r Receipt) Sealed(proof json.RawMessage) Receipt {
	if r.Proof = proof; proof == nil {
		r.Pending = pending
	}
	return r
}

// Record is what was agreed to.
type Record struct {
	ID   string `json:"@id"`
	Type string `json:"@type"`

	// Header.
	SchemaVersion string  `json:"schema_version"`
	RecordID      string  `json:"record_id"`
	Principal     Subject `json:"pii_principal_id"`

	// Notice.
	Notice   Notice   `json:"privacy_notice"`
	Policy   []Policy `json:"privacy_policy,omitempty"` // in force when it was given: the base and each supplement
	Language string   `json:"language"`

	// Processing.
	Process Process `json:"process"`

	// Party.
	Controllers []Party `json:"pii_controllers"`
	Recipients  []Party `json:"recipient_third_parties"`

	// Event: the consent's life, the oldest first.
	Events []Event `json:"events"`
}

// Subject is the person, by the ID of their application.
type Subject struct {
	ID   string `json:"@id"`
	Type string `json:"@type"`
}

// Notice is the exact text that was shown.
type Notice struct {
	ID       string `json:"@id"`
	Type     string `json:"@type"`
	Version  string `json:"notice_version"`
	Language string `json:"language"`
	Title    string `json:"notice_title"`
	Text     string `json:"notice_text"`
	SHA256   string `json:"notice_sha256"` // of the text, hex
}

// Policy is one part of the privacy policy, by its own version and hash (obligation 19).
type Policy struct {
	ID       string `json:"@id"`
	Part     string `json:"policy_part"` // "base", or the place that a supplement is for
	Version  string `json:"policy_version"`
	Language string `json:"language"`
	SHA256   string `json:"policy_sha256"` // of the text, hex
}

// policy lists the parts that were in force.
func policy(at time.Time, language string) []Policy {
	var out []Policy
	for _, p := range consent.PolicyAt(at, language) {
		out = append(out, Policy{ID: own + "policy#" + p.ID + "-" + p.Version + "-" + p.Language, Part: p.ID, Version: p.Version, Language: p.Language, SHA256: p.SHA256})
	}
	return out
}

// Process is what may be done.
type Process struct {
	Type         string  `json:"@type"`
	Service      string  `json:"service"`
	Purpose      string  `json:"purpose"`
	PurposeWords string  `json:"purpose_description"`
	Basis        string  `json:"lawful_basis"`
	Kind         string  `json:"consent_kind"` // which of our kinds: an authorization under the FCRA is not a privacy consent
	Data         []Datum `json:"pii_information"`
	Collection   string  `json:"collection_method"`
	Retention    Storage `json:"storage_condition"`
	Jurisdiction string  `json:"jurisdiction"`
	Change       Control `json:"withdrawal_method"`
	Rights       string  `json:"privacy_rights"`
}

// Datum is one kind of personal data.
type Datum struct {
	Type      string `json:"pii_type"`
	Field     string `json:"pii_field"` // our name of it
	Optional  bool   `json:"pii_optional"`
	Sensitive bool   `json:"sensitive_pii_category"`
}

// Storage is how long the data are kept.
type Storage struct {
	Type      string `json:"@type"`
	Retention string `json:"retention_period"`
	Location  string `json:"storage_locations"`
}

// Control is how the consent is taken back.
type Control struct {
	Type  string `json:"@type"`
	Words string `json:"description"`
	Stops string `json:"consequence"`
}

// Party is somebody who decides, or who gets data.
type Party struct {
	Type    string   `json:"@type"`
	ID      string   `json:"entity_id"`
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Contact string   `json:"contact,omitempty"`
	Address string   `json:"address,omitempty"`
	Phone   string   `json:"phone,omitempty"`
	Fields  []string `json:"pii_fields,omitempty"` // that it may get, our names
	// Where a recipient works on the data, by what they may go there, whom it hands them
	// on to, and how they are erased there (consent.Recipient).
	Place         string `json:"processing_locations,omitempty"` // a term of DPV's places, or ours
	PlaceWords    string `json:"processing_location_description,omitempty"`
	Mechanism     string `json:"transfer_mechanism,omitempty"`
	SubProcessors string `json:"sub_processors,omitempty"` // address of its list, or why there is none
	Erasure       string `json:"erasure_method,omitempty"`
}

// Event is one step of the consent's life.
type Event struct {
	Type     string `json:"event_type"`
	State    string `json:"event_state"`
	Time     string `json:"event_time"`
	Validity string `json:"validity_duration"`
	By       string `json:"entity_id"`
	Method   string `json:"expression_method,omitempty"`
}

// Of makes the receipt. The notice must be ours, to the letter: else the error
// has CodeInvalid, and there is no receipt for what nobody can show.
func Of(in Input) (Receipt, error) {
	spec, err := consent.SpecOf(in.Consent.Purpose)
	if err != nil {
		return Receipt{}, err
	}
	notice, err := consent.NoticeBy(in.Consent.Notice)
	if err != nil {
		return Receipt{}, err
	}
	c := in.Consent
	subject := urn(string(in.Subject))
	return Receipt{Context: context(), ID: urn(c.ID) + "#receipt", Type: "dpv:ConsentReceipt",
		SchemaVersion: SchemaReceipt, ReceiptID: c.ID, Written: stamp(in.Written),
		Record: Record{ID: urn(c.ID), Type: "dpv:ConsentRecord", SchemaVersion: SchemaRecord, RecordID: c.ID,
			Principal: Subject{ID: subject, Type: "dpv:JobApplicant"},
			Notice: Notice{ID: own + "notice#" + notice.ID + "-" + notice.Version + "-" + notice.Language, Type: "dpv:ConsentNotice", Version: notice.Version,
				Language: notice.Language, Title: notice.Title, Text: notice.Text, SHA256: notice.SHA256},
			Policy:   policy(c.GivenAt, notice.Language),
			Language: notice.Language,
			Process: Process{Type: "dpv:Process", Service: in.Program.Title, Purpose: spec.DPV, PurposeWords: spec.Title, Basis: spec.Basis,
				Kind: own + "consent#" + string(c.Kind), Data: dataOf(spec), Collection: collection(c.Method),
				Retention:    Storage{Type: "dpv:StorageCondition", Retention: spec.Retention, Location: own + "place#deployment"},
				Jurisdiction: loc + "US",
				Change:       Control{Type: "dpv:WithdrawConsent", Words: withdrawal, Stops: spec.Stops},
				Rights:       rights},
			Controllers: []Party{controller(in.Program)}, Recipients: recipients(in, spec), Events: events(c, subject)}}, nil
}

// Encode gives the receipt as JSON-LD.
func (r Receipt) Encode() ([]byte, error) {
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("receipt: encode: %w", err)
	}
	return append(body, '\n'), nil
}

// The same for every consent: how to change and take back, which rights.
const (
	withdrawal = "Open your application by the link in any of our letters and choose “Your data”. It takes effect at once."
	rights     = "You can see every use, get a copy, have details corrected, take this consent back and ask for erasure: open your application and choose “Your data”."
)

// pending stands for a proof that there is not yet.
const pending = "No signed checkpoint has this consent's record yet. The next one will, as a rule within the hour: get the receipt again after that."

func collection(method string) string {
	switch method {
	case "button":
		return "You pressed the button under the notice, on a page of its own."
	case "typed_signature":
		return "You signed under the notice by typing your name."
	case "client_form":
		return "You agreed in the form of the company that handed your application in."
	}
	return "You agreed under the notice."
}

func controller(p program.Program) Party {
	return Party{Type: "dpv:DataController", ID: own + "program#" + p.ID, Name: p.Controller.Name, Role: p.Controller.Role,
		Contact: p.Controller.Contact, Address: p.Controller.Address}
}

// recipients are those of the purpose's register whom the notice names and whom
// the program has at work. Who is in our own house is none.
func recipients(in Input, spec consent.Spec) []Party {
	var ids []string
	for id := range spec.Recipients {
		works := id == consent.RecipientMail || slices.ContainsFunc(in.Program.Checks, func(c program.CheckSpec) bool { return c.Vendor == id })
		if id != consent.RecipientOwn && id != consent.RecipientHolder && works && spec.NamedIn(in.Consent.Notice.Version, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	out := []Party{}
	for _, id := range ids {
		known, _ := consent.RecipientOf(id) // a test holds that each is known
		p := Party{Type: "dpv:Recipient", ID: own + "recipient#" + id, Name: in.Name(id), Role: string(known.Role), Place: placeTerm(known.Place), PlaceWords: known.Place.In(),
			Mechanism: string(known.Mechanism), SubProcessors: cmp.Or(known.ListedAt, known.Unlisted), Erasure: string(known.Erases)}
		if a := in.Program.Vendors[id].Agency; a.Name != "" { // a consumer reporting agency decides itself how it works
			p.Name, p.Address, p.Phone, p.Role = a.Name, a.Address, a.Phone, "consumer reporting agency"
		}
		for _, f := range spec.Recipients[id] {
			p.Fields = append(p.Fields, string(f))
		}
		out = append(out, p)
	}
	return out
}

// events tells shown, given and withdrawn apart. A disclosure that was shown is
// none that was agreed to.
func events(c Consent, subject string) []Event {
	kind := dpv + "ExplicitlyExpressedConsent"
	if c.Kind == consent.KindDisclosureShown {
		kind = dpv + "InformedConsent"
	}
	event := func(state string, at time.Time, method string) Event {
		return Event{Type: kind, State: dpv + state, Time: stamp(at), Validity: "until it is withdrawn", By: subject, Method: method}
	}
	out := []Event{}
	if !c.ShownAt.IsZero() {
		out = append(out, event("ConsentRequested", c.ShownAt, ""))
	}
	if c.Kind != consent.KindDisclosureShown {
		out = append(out, event("ConsentGiven", c.GivenAt, c.Method))
	} else if len(out) == 0 {
		out = append(out, event("ConsentRequested", c.GivenAt, c.Method))
	}
	if !c.Withdrawn.IsZero() {
		out = append(out, event("ConsentWithdrawn", c.Withdrawn, ""))
	}
	return out
}

// placeTerm is the vocabulary's word for a place.
func placeTerm(p consent.Place) string {
	switch p {
	case consent.PlaceUS, consent.PlaceEU:
		return loc + string(p)
	case consent.OurPlace, consent.Anywhere:
	}
	return own + "place#deployment"
}

func urn(id string) string { return "urn:uuid:" + id }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
