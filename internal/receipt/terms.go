package receipt

import (
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// context says which term each member is. It stands in the receipt itself: a
// receipt must be readable when nothing can be fetched.
func context() map[string]any {
	id := func(term string) map[string]string { return map[string]string{"@id": term, "@type": "@id"} }
	at := func(term string) map[string]string {
		return map[string]string{"@id": term, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
	}
	return map[string]any{
		"@version": 1.1,
		"dpv":      dpv, "pd": pd, "loc": loc, "dct": dct, "vouchsafe": own,

		"schema_version": id("dct:conformsTo"), "receipt_id": "dct:identifier", "record_id": "dct:identifier",
		"receipt_written": at("dct:created"), "record": "dpv:hasRecordOfActivity", "pii_principal_id": "dpv:hasDataSubject",

		"privacy_notice": "dpv:hasNotice", "language": "dct:language", "notice_version": "dct:hasVersion", "notice_title": "dct:title",
		"notice_text": "dct:description", "notice_sha256": "vouchsafe:terms#sha256",

		"privacy_policy": "dpv:hasPolicy", "policy_part": "dct:type", "policy_version": "dct:hasVersion", "policy_sha256": "vouchsafe:terms#sha256",

		"process": "dpv:hasProcess", "service": "dpv:hasService", "purpose": id("dpv:hasPurpose"), "purpose_description": "dct:description",
		"lawful_basis": id("dpv:hasLegalBasis"), "consent_kind": id("vouchsafe:terms#consentKind"),
		"pii_information": "dpv:hasPersonalData", "pii_type": id("dct:type"), "pii_field": "dct:identifier",
		"pii_optional": "vouchsafe:terms#optional", "sensitive_pii_category": "vouchsafe:terms#sensitive", "pii_fields": "vouchsafe:terms#fields",
		"collection_method": "dpv:isIndicatedBy", "storage_condition": "dpv:hasStorageCondition", "retention_period": "dpv:hasDuration",
		"jurisdiction": id("dpv:hasJurisdiction"), "withdrawal_method": "dpv:hasConsentControl", "description": "dct:description",
		"consequence": "dpv:hasConsequence", "privacy_rights": "dpv:hasRight",

		"pii_controllers": "dpv:hasDataController", "recipient_third_parties": "dpv:hasRecipient", "entity_id": id("dpv:hasIdentifier"),
		"storage_locations": id("dpv:hasLocation"), "processing_locations": id("dpv:hasLocation"), "processing_location_description": "dct:description",
		"transfer_mechanism": "vouchsafe:terms#transferMechanism", "sub_processors": "vouchsafe:terms#subProcessors", "erasure_method": "vouchsafe:terms#erasure",
		"name": "dpv:hasName", "role": "vouchsafe:terms#role", "contact": "dpv:hasContact", "address": "dpv:hasAddress", "phone": "vouchsafe:terms#phone",

		// As it is: its bytes are what is hashed.
		"ledger_proof": map[string]string{"@id": "vouchsafe:terms#ledgerProof", "@type": "@json"}, "ledger_proof_pending": "dct:description",

		"events": "vouchsafe:terms#event", "event_type": id("dct:type"), "event_state": id("dpv:hasConsentStatus"),
		"event_time": at("dpv:isIndicatedAtTime"), "validity_duration": "dpv:hasDuration", "expression_method": "vouchsafe:terms#method",
	}
}

// terms are the vocabulary's words for our fields. It has none for the number that
// the authorities know a person by, nor for a browser's name.
var terms = map[onboarding.Field]string{
	onboarding.FieldGivenName: pd + "Name", onboarding.FieldMiddleName: pd + "Name", onboarding.FieldFamilyName: pd + "Name",
	onboarding.FieldDateOfBirth: pd + "BirthDate", onboarding.FieldEmail: pd + "EmailAddress", onboarding.FieldPhone: pd + "TelephoneNumber",
	onboarding.FieldNationalID: own + "data#NationalIDNumber", onboarding.FieldStreet: pd + "PhysicalAddress", onboarding.FieldUnit: pd + "PhysicalAddress",
	onboarding.FieldCity: pd + "PhysicalAddress", onboarding.FieldState: pd + "PhysicalAddress", onboarding.FieldPostalCode: pd + "PhysicalAddress",
	onboarding.FieldCountry: pd + "PhysicalAddress", onboarding.FieldPastAddresses: pd + "PhysicalAddress", onboarding.FieldIPAddress: pd + "IPAddress",
	onboarding.FieldSignature: own + "data#TypedSignature", onboarding.FieldUserAgent: own + "data#UserAgent",
}

// optional are the fields without which an application is whole.
var optional = map[onboarding.Field]bool{onboarding.FieldMiddleName: true, onboarding.FieldUnit: true, onboarding.FieldPastAddresses: true}

func dataOf(spec consent.Spec) []Datum {
	out := []Datum{}
	for _, f := range spec.Fields {
		term, ok := terms[f]
		if !ok {
			term = own + "data#" + string(f)
		}
		out = append(out, Datum{Type: term, Field: string(f), Optional: optional[f], Sensitive: f == onboarding.FieldNationalID})
	}
	return out
}
