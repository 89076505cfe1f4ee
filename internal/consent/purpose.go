// Package consent decides what may be used for what. It alone can make a
// Grant, and only a Grant opens sealed fields: those of its purpose, once, for
// one applicant, under one live receipt, after the intent lies in the ledger.
package consent

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// PurposeID names a purpose in records, receipts and messages.
type PurposeID string

// The purposes. The list is closed: a use for any other does not compile.
const (
	PurposeAccount       PurposeID = "account"
	PurposeValidation    PurposeID = "validation"
	PurposeScreening     PurposeID = "screening"
	PurposeVetting       PurposeID = "vetting"
	PurposeQualification PurposeID = "qualification"
	PurposeCertification PurposeID = "certification"
	PurposeTax           PurposeID = "tax"
	PurposeTextMessages  PurposeID = "text_messages"
	PurposeMarketing     PurposeID = "marketing"
)

// The purposes as types, for Grant's parameter.
type (
	// Account: keep the application and write to the applicant about it.
	Account struct{}
	// Validation: find out whether the application is legitimate (obligation 5).
	Validation struct{}
	// Screening: compare with public sanctions and exclusion lists.
	Screening struct{}
	// Vetting: the background investigation under the FCRA.
	Vetting struct{}
	// Qualification: assess what the applicant knows and can do (obligation 11).
	Qualification struct{}
	// Certification: issue and show the credential (obligation 11).
	Certification struct{}
	// Tax: what a payer must know of whom it pays (26 USC 6109(a), 6041A).
	Tax struct{}
	// TextMessages: tell the applicant by text message that there is news. Nobody has
	// to agree to it.
	TextMessages struct{}
	// Marketing: write to who asked for it about programs that take applications. It is
	// never implied, and nothing hangs on it (obligation 15).
	Marketing struct{}
)

// ID gives the purpose's name.
func (Account) ID() PurposeID { return PurposeAccount }

// ID gives the purpose's name.
func (Validation) ID() PurposeID { return PurposeValidation }

// ID gives the purpose's name.
func (Screening) ID() PurposeID { return PurposeScreening }

// ID gives the purpose's name.
func (Vetting) ID() PurposeID { return PurposeVetting }

// ID gives the purpose's name.
func (Qualification) ID() PurposeID { return PurposeQualification }

// ID gives the purpose's name.
func (Certification) ID() PurposeID { return PurposeCertification }

// ID gives the purpose's name.
func (Tax) ID() PurposeID { return PurposeTax }

// ID gives the purpose's name.
func (TextMessages) ID() PurposeID { return PurposeTextMessages }

// ID gives the purpose's name.
func (Marketing) ID() PurposeID { return PurposeMarketing }

// Purpose is the closed set of purposes as types.
type Purpose interface {
	Account | Validation | Screening | Vetting | Qualification | Certification | Tax | TextMessages | Marketing | Invitation
	ID() PurposeID
}

// Kind says what sort of consent a receipt proves. An FCRA authorization is
// not a privacy consent, and a disclosure that was shown is neither.
type Kind string

// The kinds of consent.
const (
	KindPrivacy           Kind = "privacy_consent"
	KindESign             Kind = "esign_consent"         // E-SIGN, 15 USC 7001(c)
	KindDisclosureShown   Kind = "fcra_disclosure_shown" // 15 USC 1681b(b)(2)(A)(i)
	KindFCRAAuthorization Kind = "fcra_authorization"    // 15 USC 1681b(b)(2)(A)(ii)
	KindTaxNotice         Kind = "tax_notice"            // what a taxpayer number is asked for, 26 USC 6109(a)
	KindSMS               Kind = "sms_consent"           // prior express consent to automated texts, 47 CFR 64.1200(a)(1)
	KindMarketing         Kind = "marketing_consent"     // to advertising by e-mail; never implied
	KindNameShown         Kind = "name_shown"            // a choice: the name on the certificate's public page
)

// Spec is all that is fixed about a purpose.
type Spec struct {
	ID     PurposeID
	Title  string             // as people read it
	DPV    string             // term of the Data Privacy Vocabulary 2.3
	Basis  string             // legal basis, DPV term
	Fields []onboarding.Field // nothing else may be opened for it
	// Kinds must all be live before anything is used for the purpose. The
	// last one's receipt is the one that a use names.
	Kinds []Kind
	// Choices are kinds that nobody needs to give: each lets one recipient more have
	// fields, and is taken back without anything else ending.
	Choices map[string]Kind // by recipient
	// Recipients is the register of who may get which fields for it
	// (obligation 29). Nobody else may.
	Recipients map[string][]onboarding.Field
	// NamedSince has the recipients that joined after the purpose's first notice,
	// each with the version that names it first. Whoever agreed to an older text
	// was not told of them, so they get nothing of that person.
	NamedSince map[string]string
	// Stops says in plain words what a withdrawal stops.
	Stops string
	// Retention says in plain words how long data are kept for it.
	Retention string
	// Later says that it is not asked when the application is made, but when it is
	// needed: by the requirement of a program that has one.
	Later bool
	// Optional says that the application goes on without it: taking it back ends
	// nothing but what it allowed. It is Later as well.
	Optional bool
}

// Recipient names. A vendor's name is the name of its adapter's package.
const (
	RecipientMail    = "mail"    // the SMTP relay
	RecipientKickbox = "kickbox" //
	RecipientTwilio  = "twilio"  //
	// RecipientTwilioSMS is the part of Twilio that sends text messages.
	RecipientTwilioSMS = "twilio-sms"
	RecipientFindly    = "findly"  //
	RecipientSmarty    = "smarty"  //
	RecipientMaxMind   = "maxmind" //
	// RecipientStripe gets no field from us: it asks the person for the document
	// itself, and is so the collector (obligation 6).
	RecipientStripe = "stripe"
	RecipientCheckr = "checkr"
	// The two services that can compare with sanctions lists instead of us.
	RecipientWatchman = "watchman"
	RecipientYente    = "yente"
	RecipientOwn      = "own"    // our own worker: nothing leaves the house
	RecipientHolder   = "holder" // the applicant, on the credential that they hold
	RecipientPublic   = "public" // anybody, on the credential's public page
)

// ListSAM is the vendor of the debarment check, our own copy of the exclusions
// of SAM.gov: a list that has to be named in the notice like a recipient.
const ListSAM = "sam"

var nameFields = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName}

var addressFields = []onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity,
	onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry}

func fields(groups ...[]onboarding.Field) []onboarding.Field { return slices.Concat(groups...) }

func only(f ...onboarding.Field) []onboarding.Field { return f }

// How long data are kept, as people read it. The times themselves are the program's.
const (
	untilErased     = "While the application is kept. When it is erased, the key under which the data are sealed is destroyed." + receiptKept
	reportKept      = "While the application is kept. When it is erased, the key under which the report and your details are sealed is destroyed. The disclosure, your signed authorization and the notices of an adverse action are kept for five years after the newest of them, sealed under a key of their own (15 USC 1681p)."
	taxKept         = "While the application is kept. When it is erased, the details of your tax form are kept until the 15th of April of the fifth year after the one in which you gave them, sealed under a key of their own (26 CFR 31.6001-1(e)(2))." + receiptKept
	certificateKept = "While the certificate can be checked. When the application is erased, the key under which your name is sealed is destroyed." + receiptKept
	numberKept      = "Your number belongs to your application and goes with it. That you said STOP is kept without the number, so that you stay out." + receiptKept
	marketingKept   = "Your address belongs to your application and goes with it. That you want no such letters is kept without the address, so that none is sent." + receiptKept
	receiptKept     = " The receipts of your consents are kept for five years after the newest of them, sealed under a key of their own (15 USC 1681p)."
	inviteKept      = "Until the invitation is answered or has expired. Then the key under which the address is sealed is destroyed."
)

// specs is in the order in which people are asked.
var specs = []Spec{
	{
		ID: PurposeAccount, Title: "Keep your application and write to you about it",
		DPV: "https://w3id.org/dpv#ServiceRegistration", Basis: "https://w3id.org/dpv#EnterIntoContract",
		Fields: fields(only(onboarding.FieldEmail), nameFields),
		Kinds:  []Kind{KindPrivacy},
		Recipients: map[string][]onboarding.Field{
			RecipientMail: only(onboarding.FieldEmail, onboarding.FieldGivenName),
		},
		Stops:     "Without it we cannot keep your application, so it ends.",
		Retention: untilErased,
	},
	{
		ID: PurposeValidation, Title: "Check that your application is genuine",
		DPV: "https://w3id.org/dpv#IdentityVerification", Basis: "https://w3id.org/dpv#Consent",
		Fields: fields(only(onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldNationalID, onboarding.FieldDateOfBirth,
			onboarding.FieldIPAddress), nameFields, addressFields),
		Kinds: []Kind{KindPrivacy},
		Recipients: map[string][]onboarding.Field{
			RecipientKickbox: only(onboarding.FieldEmail),
			RecipientTwilio:  only(onboarding.FieldPhone),
			RecipientSmarty:  only(onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode),
			RecipientMaxMind: only(onboarding.FieldIPAddress),
			RecipientStripe:  nil,
			RecipientOwn:     only(onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldNationalID, onboarding.FieldDateOfBirth),
		},
		NamedSince: map[string]string{RecipientSmarty: "2026-11-27", RecipientMaxMind: "2026-11-27", RecipientStripe: "2026-11-27"},
		Stops:      "We stop checking your e-mail, phone, address and identity, and your application ends.",
		Retention:  untilErased,
	},
	{
		ID: PurposeScreening, Title: "Compare you with public sanctions and exclusion lists",
		DPV: "https://w3id.org/dpv#RecruitmentApplicationScreening", Basis: "https://w3id.org/dpv#Consent",
		Fields: fields(nameFields, only(onboarding.FieldDateOfBirth), addressFields),
		Kinds:  []Kind{KindPrivacy},
		Recipients: map[string][]onboarding.Field{
			RecipientOwn:      fields(nameFields, only(onboarding.FieldDateOfBirth, onboarding.FieldState, onboarding.FieldCountry)),
			RecipientWatchman: fields(nameFields, only(onboarding.FieldDateOfBirth)),
			RecipientYente:    fields(nameFields, only(onboarding.FieldDateOfBirth)),
		},
		// The list of the federal contracts' exclusions is searched by ourselves, and
		// still is a list that the older notices do not name.
		NamedSince: map[string]string{RecipientWatchman: "2026-11-24", RecipientYente: "2026-11-24", ListSAM: "2026-11-27"},
		Stops:      "We stop comparing you with these lists, and your application ends.",
		Retention:  untilErased,
	},
	{
		ID: PurposeVetting, Title: "Get a background report about you",
		DPV: "https://w3id.org/dpv#RecruitmentApplicantBackgroundCheck", Basis: "https://w3id.org/dpv#Consent",
		Fields: fields(nameFields, only(onboarding.FieldDateOfBirth, onboarding.FieldNationalID, onboarding.FieldEmail,
			onboarding.FieldPastAddresses), addressFields),
		Kinds: []Kind{KindESign, KindDisclosureShown, KindFCRAAuthorization},
		Recipients: map[string][]onboarding.Field{
			RecipientFindly: fields(nameFields, only(onboarding.FieldDateOfBirth, onboarding.FieldNationalID), addressFields,
				only(onboarding.FieldPastAddresses)),
			RecipientCheckr: fields(nameFields, only(onboarding.FieldDateOfBirth, onboarding.FieldNationalID, onboarding.FieldEmail,
				onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry)),
			RecipientMail: only(onboarding.FieldEmail, onboarding.FieldGivenName),
		},
		NamedSince: map[string]string{RecipientCheckr: "2026-11-27"},
		Stops:      "We order nothing more about you, tell the investigator to stop, and your application ends.",
		Retention:  reportKept,
	},
	{
		ID: PurposeQualification, Title: "Assess what you know and can do",
		DPV: "https://w3id.org/vouchsafe/purpose#Qualification", Basis: "https://w3id.org/dpv#Consent",
		Fields: fields(nameFields),
		Kinds:  []Kind{KindPrivacy},
		Recipients: map[string][]onboarding.Field{
			RecipientOwn: nil,
		},
		Stops:     "We stop scoring your quiz, and your application ends.",
		Retention: untilErased,
	},
	{
		ID: PurposeCertification, Title: "Issue your certificate",
		DPV: "https://w3id.org/vouchsafe/purpose#Certification", Basis: "https://w3id.org/dpv#EnterIntoContract",
		Fields: fields(nameFields, only(onboarding.FieldEmail)),
		Kinds:  []Kind{KindPrivacy},
		Recipients: map[string][]onboarding.Field{
			RecipientHolder: nameFields,
			RecipientOwn:    nameFields,
			RecipientPublic: nameFields,
		},
		Choices:   map[string]Kind{RecipientPublic: KindNameShown},
		Stops:     "We issue no certificate, and one that you have is revoked.",
		Retention: certificateKept,
	},
	{
		ID: PurposeTax, Title: "Take your tax details",
		DPV: "https://w3id.org/dpv#LegalCompliance", Basis: "https://w3id.org/dpv#LegalObligation",
		Fields: onboarding.TaxFields(),
		Kinds:  []Kind{KindTaxNotice},
		Recipients: map[string][]onboarding.Field{
			RecipientOwn: onboarding.TaxFields(),
		},
		Stops:     "We use your tax details no more, and your application ends; a certificate that you have is revoked.",
		Retention: taxKept,
		Later:     true,
	},
	{
		ID: PurposeTextMessages, Title: "Tell you by text message that there is news",
		DPV: "https://w3id.org/dpv#CommunicationManagement", Basis: "https://w3id.org/dpv#Consent",
		Fields:     only(onboarding.FieldPhone),
		Kinds:      []Kind{KindSMS},
		Recipients: map[string][]onboarding.Field{RecipientTwilioSMS: only(onboarding.FieldPhone)},
		Stops:      "We send you no more text messages. Your application goes on, and we write to you by e-mail as before.",
		Retention:  numberKept,
		Later:      true, Optional: true,
	},
	{
		ID: PurposeMarketing, Title: "Write to you about other programs",
		DPV: "https://w3id.org/dpv#DirectMarketing", Basis: "https://w3id.org/dpv#Consent",
		Fields: only(onboarding.FieldEmail, onboarding.FieldGivenName),
		Kinds:  []Kind{KindMarketing},
		// Nobody but who carries our own mail: obligations 30 and 31.
		Recipients: map[string][]onboarding.Field{RecipientMail: only(onboarding.FieldEmail, onboarding.FieldGivenName)},
		Retention:  marketingKept,
		Stops:      "We write to you about other programs no more, at once. Your application goes on, and what we write about it still comes.",
		Later:      true, Optional: true,
	},
}

// Asked lists the purposes that are asked for when an application is made, in
// their order; it cannot be handed in before each was agreed to.
func Asked() []Spec { return slices.DeleteFunc(Specs(), func(s Spec) bool { return s.Later }) }

// Specs lists every purpose in the order in which people are asked. What it gives
// is the caller's own: the register cannot be changed from outside.
func Specs() []Spec {
	out := slices.Clone(specs)
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// SpecOf gives a purpose's Spec, or an error with CodeInvalid for one that is
// not in the list.
func SpecOf(id PurposeID) (Spec, error) {
	s, err := specOf(id)
	return s.clone(), err
}

// Optional reports whether an application goes on without the purpose.
func Optional(id PurposeID) bool {
	s, err := specOf(id)
	return err == nil && s.Optional
}

func specOf(id PurposeID) (Spec, error) {
	for _, s := range specs {
		if s.ID == id {
			return s, nil
		}
	}
	return Spec{}, onboarding.Invalid("purpose", fmt.Sprintf("There is no purpose %q.", string(id)), "Use one of the purposes that the notices name.")
}

func (s Spec) clone() Spec {
	s.Fields, s.Kinds, s.Recipients = slices.Clone(s.Fields), slices.Clone(s.Kinds), maps.Clone(s.Recipients)
	s.NamedSince, s.Choices = maps.Clone(s.NamedSince), maps.Clone(s.Choices)
	for name, f := range s.Recipients {
		s.Recipients[name] = slices.Clone(f)
	}
	return s
}

// usedUnder is the kind of consent that a use for the purpose names.
func (s Spec) usedUnder() Kind { return s.Kinds[len(s.Kinds)-1] }

// under is the kind of consent that a use by the recipient names.
func (s Spec) under(recipient string) Kind {
	if k, ok := s.Choices[recipient]; ok {
		return k
	}
	return s.usedUnder()
}

// knows reports whether consents of the kind are given for the purpose.
func (s Spec) knows(k Kind) bool {
	if slices.Contains(s.Kinds, k) {
		return true
	}
	for _, choice := range s.Choices {
		if choice == k {
			return true
		}
	}
	return false
}

// Allows reports whether recipient may get every one of the fields for the
// purpose: the register of obligation 29 and the allow-list of obligation 38.
func (s Spec) Allows(recipient string, fields []onboarding.Field) bool {
	allowed, ok := s.Recipients[recipient]
	if !ok {
		return false
	}
	for _, f := range fields {
		if !slices.Contains(allowed, f) || !slices.Contains(s.Fields, f) {
			return false
		}
	}
	return true
}

// NamedIn reports whether a notice in this version told the person of the
// recipient. Versions are days, so their order is that of their letters.
func (s Spec) NamedIn(version, recipient string) bool { return version >= s.NamedSince[recipient] }
