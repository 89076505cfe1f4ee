package codec

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// Class is what kind of thing a field of a payload is.
type Class string

// The classes.
const (
	// Course is where a case stands: what happened, when, and what it waits for.
	Course Class = "course"
	// Found is what a check found, and what the rules say about it.
	Found Class = "found"
	// Inside is how it is done: references to sealed objects, orders at vendors,
	// hashes, settings. Whatever the table does not name is this.
	Inside Class = "inside"
	// Sealed is ciphertext, of no use to anybody here.
	Sealed Class = "sealed"
	// Personal is what a person gave. Nothing of it ever goes into a payload; if it did
	// by mistake, nobody would read it here.
	Personal Class = "personal"
)

// Classes lists every class.
func Classes() []Class { return []Class{Course, Found, Inside, Sealed, Personal} }

// Says is a class in words.
func (c Class) Says() string {
	switch c {
	case Course:
		return "where a case stands: what happened, when, what it waits for"
	case Found:
		return "what a check found, what the rules say about it, an adverse action"
	case Inside:
		return "references, orders at vendors, hashes, settings, and every field that has no row"
	case Sealed:
		return "sealed words, receipts and signatures"
	case Personal:
		return "what a person gave: names, date of birth, national ID, e-mail, phone, address"
	}
	return string(c)
}

// readers says which roles read the fields of a class. Those of Sealed and Personal
// are for nobody.
var readers = map[Class][]identity.Role{
	Course: identity.Roles(),
	Found:  {identity.RoleReviewer, identity.RoleAdmin},
	Inside: {identity.RoleOps, identity.RoleAuditor, identity.RoleAdmin},
}

// Readers lists the roles that read fields of the class.
func (c Class) Readers() []identity.Role { return slices.Clone(readers[c]) }

// fields has the class of each field by its name, without case and underscores.
var fields = classes(map[Class]string{
	Course: `applicant program title version id stage attention checks check name vendor vendors status round since updated_at submitted begun started offered
		waits_for wait for due due_by expires issued revoked outcome ending ended requirements required attempts attempt attempts_left passed quiz_passed quiz_taken
		quiz_attempts_left agreement_signed agreement_version kind at seq actor records record open page pages number problem purpose notice receipts receipt held
		consents withdrawn given_at shown_at language method decided reviews letters description certification drafts credential renewal requests place state
		items total next done refused failed paused canceled gathered per_second action marked match tally message fields has what who until from to count days
		retryable letter notes assigned recruiter`,
	Found: `findings finding code severity verdict source age_years disposition disposed screening entry parts threshold edition score ruling reasons because rule
		adverse contemplated pre_notice_at final_at wait_ends answered_at disputed reinvestigation told extended outcome_of answers opinions then max_age_years
		adjudication assessment born detail`,
	Sealed: `evidence reason sealed statement signature words secret token`,
	Personal: `given_name middle_name family_name full_name date_of_birth email phone phone_number national_id national_id_number ssn tin address street unit
		city postal_code ip ip_address user_agent url past_addresses account_number profile_data`,
})

func classes(by map[Class]string) map[string]Class {
	out := map[string]Class{}
	for class, names := range by {
		for name := range strings.FieldsSeq(names) {
			out[plainName(name)] = class
		}
	}
	return out
}

func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// classOf is a field's class.
func classOf(name string) Class {
	if c, ok := fields[plainName(name)]; ok {
		return c
	}
	return Inside
}

// shown gives a payload's JSON as a reader may see it: a field that is not for them
// has words in place of its value. What has none such comes back as it is.
func shown(data []byte, may func(Class) bool) []byte {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return instead(Inside)
	}
	if s, ok := value.(string); ok && !personal.MatchString(s) {
		return data // a summary: what a step or a timer is, in words for whoever looks
	}
	masked, changed := mask(value, Inside, may)
	if !changed {
		return data
	}
	out, err := json.Marshal(masked)
	if err != nil {
		return instead(Inside)
	}
	return out
}

// personal is what no summary of ours ever holds: an address for mail, or a number as
// long as a phone's or an identity number.
var personal = regexp.MustCompile(`@|\d(?:[-. ()]?\d){6,}`)

// mask walks a value whose own class is as given.
func mask(value any, class Class, may func(Class) bool) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		changed := false
		for name, inner := range v {
			c := classOf(name)
			if !may(c) && inner != nil {
				v[name], changed = c.words(), true
				continue
			}
			m, ch := mask(inner, c, may)
			v[name], changed = m, changed || ch
		}
		return v, changed
	case []any:
		changed := false
		for i, inner := range v {
			m, ch := mask(inner, class, may)
			v[i], changed = m, changed || ch
		}
		return v, changed
	case string, json.Number:
		if !may(class) {
			return class.words(), true
		}
	}
	return value, false
}

// words stand in place of a value that is not shown.
func (c Class) words() string {
	switch c {
	case Sealed:
		return "(sealed)"
	case Personal:
		return "(personal: not shown here)"
	case Course, Found, Inside:
	}
	return "(not for your role)"
}

func instead(c Class) []byte {
	out, _ := json.Marshal(c.words()) // a string
	return out
}
