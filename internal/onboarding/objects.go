package onboarding

import (
	"fmt"
	"strings"
)

// Where things lie. Keys hold IDs, hashes and numbers only. What is named
// "sealed" is encrypted under the applicant's key with its own key as
// associated data, so that it cannot be moved elsewhere.

// Objects of the vault bucket: they change, or go when the applicant's data go.

// DraftKey is the sealed profile while it is being filled in.
func DraftKey(id ApplicantID) string { return "drafts/" + string(id) }

// ProfileKey is the sealed profile as submitted, in its n-th version.
func ProfileKey(id ApplicantID, n int) string { return fmt.Sprintf("profiles/%s/%d", id, n) }

// ContactKey is the index entry of a contact: its body is the applicant's ID.
// kind is "email", "phone" or "national_id"; hash is vault.LookupHash's.
func ContactKey(kind, hash string) string { return fmt.Sprintf("contacts/%s/%s", kind, hash) }

// ContactsKey is the sealed list of an applicant's index entries, so that they
// can be removed with the data.
func ContactsKey(id ApplicantID) string { return "contacts-of/" + string(id) }

// TaxKey is the sealed details of a tax form, in their n-th version.
func TaxKey(id ApplicantID, n int) string { return fmt.Sprintf("%s%d", TaxPrefix(id), n) }

// TaxPrefix is where an applicant's tax details lie: nothing but the purpose tax
// opens what is there, and the purpose tax nothing else.
func TaxPrefix(id ApplicantID) string { return "tax/" + string(id) + "/" }

// SlotKey is a seat of an appointment that is taken: its body says for whom. at is
// its time in seconds since 1970.
func SlotKey(program, requirement string, at int64, seat int) string {
	return fmt.Sprintf("%s%d/%d", SlotPrefix(program, requirement), at, seat)
}

// SlotPrefix is where the seats of a program's appointments lie.
func SlotPrefix(program, requirement string) string {
	return "slots/" + program + "/" + requirement + "/"
}

// IdempotencyKey is the record of an API request that was answered; hash is of
// the caller and its Idempotency-Key.
func IdempotencyKey(hash string) string { return "idempotency/" + hash }

// SummaryKey is the last staff view of a case, kept when its workflow ended.
func SummaryKey(id ApplicantID) string { return "summaries/" + string(id) }

// CredentialStatusKey says whether a credential was revoked or has expired; it
// is absent while the credential stands.
func CredentialStatusKey(credential string) string { return "credential-status/" + credential }

// CredentialNameKey is the holder's name as they show it on a credential's public
// page: sealed, and absent while they do not.
func CredentialNameKey(credential string) string { return "credential-names/" + credential }

// OpenStatusListKey is the number of the status list in which new credentials get
// their places.
const OpenStatusListKey = "credential-lists/open"

// StatusListKey is the bits of a status list; it is absent while none is set.
func StatusListKey(list int) string { return fmt.Sprintf("credential-lists/%d", list) }

// VendorFileKey says whose file a vendor's reference of a person is: its body is
// the applicant's ID. It is for vendors whose events name nothing of ours.
func VendorFileKey(vendor, id string) string { return fmt.Sprintf("vendor-files/%s/%s", vendor, id) }

// AttachmentKey is a sealed file that the applicant handed in; name is drawn at
// random.
func AttachmentKey(id ApplicantID, name string) string {
	return fmt.Sprintf("attachments/%s/%s", id, name)
}

// LetterKey is the sealed text of a letter that was sent to the applicant, without
// the link that opens their application; intent is the number of the ledger's record
// under which it was sent.
func LetterKey(id ApplicantID, intent uint64) string {
	return fmt.Sprintf("%s%d", LetterPrefix(id), intent)
}

// LetterPrefix is where an applicant's letters lie.
func LetterPrefix(id ApplicantID) string { return "letters/" + string(id) + "/" }

// SealedPrefixes is what the applicant's own objects of the vault bucket begin with:
// all that goes with their data.
func SealedPrefixes(id ApplicantID) []string {
	return []string{"profiles/" + string(id) + "/", LetterPrefix(id), TaxPrefix(id), "attachments/" + string(id) + "/", TicketsOf(id), TextPrefix(id)}
}

// TextPrefix is where the SIDs of an applicant's text messages lie, sealed: by them they
// are deleted at Twilio when the applicant is erased.
func TextPrefix(id ApplicantID) string { return "sms/" + string(id) + "/" }

// TextKey is the SID of one message: of one that was sent, or that came in.
func TextKey(id ApplicantID, sid string, in bool) string {
	if in {
		return TextPrefix(id) + "in/" + sid
	}
	return TextPrefix(id) + "out/" + sid
}

// KeptKey is what the law obliges to keep of an applicant who is erased, sealed under a
// key of its own.
func KeptKey(id ApplicantID, category string) string {
	return fmt.Sprintf("kept/%s/%s", id, category)
}

// Objects of the evidence bucket: written once, locked.

// ResultKey is the sealed answers of the checks whose first recorded intent has
// the number seq; name is "all" for those of a batch, or the one check's.
func ResultKey(id ApplicantID, seq uint64, name string) string {
	return fmt.Sprintf("results/%s/%d-%s", id, seq, name)
}

// WithdrawalKey marks a receipt as withdrawn. Its presence is what every use
// looks for.
func WithdrawalKey(id ApplicantID, receipt string) string {
	return fmt.Sprintf("withdrawals/%s/%s", id, receipt)
}

// AgreementKey is the exact text of an agreement that somebody signed, by its hash.
func AgreementKey(sha256 string) string { return "agreements/" + sha256 + ".txt" }

// CredentialKey is a credential as issued: a compact JWS, sealed.
func CredentialKey(credential string) string { return "credentials/" + credential }

// CredentialOf is the inverse of CredentialKey.
func CredentialOf(key string) string { return strings.TrimPrefix(key, "credentials/") }

// CredentialSlotKey marks a place of a status list as taken: its body is the
// credential's ID.
func CredentialSlotKey(list, index int) string {
	return fmt.Sprintf("credential-slots/%d/%d", list, index)
}

// IssuerKeyKey is the record of a signing key that was made; name is the key's.
func IssuerKeyKey(name string) string { return "issuer-keys/" + name }

// SuppressedKey says that a number's owner has answered STOP: nothing is sent to it,
// for whichever application, until they ask for it anew; hash is vault.LookupHash's.
func SuppressedKey(hash string) string { return "texts/stopped/" + hash }

// TextedKey says that an application has sent texts to a number; its body is the
// applicant's ID. A STOP ends the consent in all of them.
func TextedKey(hash string, id ApplicantID) string { return TextedPrefix(hash) + string(id) }

// TextedPrefix is what the TextedKeys of one number begin with.
func TextedPrefix(hash string) string { return "texts/sent/" + hash + "/" }
