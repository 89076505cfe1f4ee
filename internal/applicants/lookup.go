package applicants

import (
	"slices"
	"strings"
	"unicode"

	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// The kinds of keyed hashes that staff search by. They are not those of other
// uses, so that a hash in a list tells nothing of an index or a duplicate.
const (
	lookEmail = "look-up-email"
	lookPhone = "look-up-phone"
	lookName  = "look-up-name"
)

// lookHash is how much of a keyed hash stands in a list, in hex digits: 96 bits.
const lookHash = 24

func (s *Service) look(kind, value string) string {
	return s.Vault.LookupHash(kind, value)[:lookHash]
}

// lookUp gives the keyed hashes by which staff find a profile: of its e-mail
// address, its phone number, each part of its name, and the parts that people
// write in one word or in several. What the profile lacks has none.
func (s *Service) lookUp(p onboarding.Profile) []string {
	var out []string
	if email := p[onboarding.FieldEmail]; email != "" {
		out = append(out, s.look(lookEmail, validate.EmailKey(email)))
	}
	if phone := p[onboarding.FieldPhone]; phone != "" {
		out = append(out, s.look(lookPhone, phone))
	}
	given, middle, family := match.Fold(p[onboarding.FieldGivenName]), match.Fold(p[onboarding.FieldMiddleName]), match.Fold(p[onboarding.FieldFamilyName])
	for _, name := range []string{given, middle, family} {
		for _, part := range strings.Fields(name) {
			out = append(out, s.look(lookName, part))
		}
		out = append(out, s.look(lookName, oneWord(name))) // De la Cruz is sought as Delacruz
	}
	out = append(out, s.look(lookName, oneWord(given+family)), s.look(lookName, oneWord(given+middle+family)))
	slices.Sort(out)
	nothing := s.look(lookName, "")
	return slices.DeleteFunc(slices.Compact(out), func(h string) bool { return h == nothing })
}

func oneWord(folded string) string { return strings.ReplaceAll(folded, " ", "") }

// Sought is what somebody searches for, as keyed hashes: an applicant is found who
// has all of All, or One. It holds no personal data and may stand in an address.
type Sought struct {
	All []string // of the parts of a name, or one hash of an address or number
	// One is of the whole name in one word; empty when it is no name.
	One string
	// Contact is the hash of an e-mail address by which cases are found which have no
	// other: those that began before there was a look-up.
	Contact string
}

// String gives it as it stands in an address; ParseSought is its inverse.
func (s Sought) String() string {
	out := strings.Join(s.All, ".")
	if s.One != "" || s.Contact != "" {
		out += "~" + s.One + s.Contact
	}
	return out
}

// ParseSought reads what stands in an address; "" is nothing that is sought.
// Errors: CodeInvalid for what String does not give.
func ParseSought(text string) (Sought, error) {
	if text == "" {
		return Sought{}, nil
	}
	all, one, _ := strings.Cut(text, "~")
	out := Sought{All: strings.Split(all, "."), One: one}
	if len(one) == contactHash {
		out.One, out.Contact = "", one
	}
	if !out.valid() {
		return Sought{}, onboarding.Invalid("look", "That search is not one of ours.", "Type it into the search again.")
	}
	return out, nil
}

func (s Sought) valid() bool {
	hash := func(h string) bool { return strings.Trim(h, "0123456789abcdef") == "" }
	for _, h := range s.All {
		if len(h) != lookHash || !hash(h) {
			return false
		}
	}
	one := s.One == "" || len(s.One) == lookHash && hash(s.One)
	contact := s.Contact == "" || len(s.Contact) == contactHash && hash(s.Contact) && s.One == ""
	return (len(s.All) > 0 || s.Contact != "") && len(s.All) <= maxParts && one && contact
}

// byContact tells what to seek when nobody is found; ok is false when that is all.
func (s Sought) byContact() (_ Sought, ok bool) {
	return Sought{Contact: s.Contact}, s.Contact != "" && len(s.All) > 0
}

// contactHash is how long the search attribute ContactHash is.
const contactHash = 40

// query is the part of a filter's query that is about what is sought.
func (s Sought) query() (string, error) {
	if len(s.All) == 0 && s.One == "" && s.Contact == "" {
		return "", nil
	}
	if !s.valid() {
		return "", onboarding.Invalid("look", "That search is not one of ours.", "Type it into the search again.")
	}
	name := workflows.SearchLookUp.GetName()
	all := make([]string, len(s.All))
	for i, h := range s.All {
		all[i] = name + " = '" + h + "'"
	}
	query := strings.Join(all, " AND ")
	switch {
	case len(all) == 0:
		return workflows.SearchContactHash.GetName() + " = '" + s.Contact + "'", nil
	case s.One == "" || len(s.All) == 1 && s.All[0] == s.One:
		return query, nil
	}
	return "((" + query + ") OR " + name + " = '" + s.One + "')", nil
}

// Sought reads what was typed into a search: an e-mail address, a phone number in
// any form, or a name or parts of one, in any case, with or without accents.
// Errors: CodeInvalid for nothing that can be sought.
func (s *Service) Sought(typed string) (Sought, error) {
	typed = strings.TrimSpace(typed)
	digits, letters := 0, 0
	for _, r := range typed {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	switch {
	case strings.Contains(typed, "@"):
		email, err := validate.Email(strings.Join(strings.Fields(typed), ""))
		if err != nil {
			return Sought{}, onboarding.Invalid("q", "That is not a whole e-mail address.", "Type all of it, such as ada@example.com; parts of an address are not found.")
		}
		return Sought{All: []string{s.look(lookEmail, validate.EmailKey(email))}, Contact: s.contact(email)}, nil
	case digits > 0 && letters == 0:
		phone, err := validate.Phone(typed)
		if err != nil {
			return Sought{}, onboarding.Invalid("q", "That is not a whole phone number.", "Type all of it with the area code, such as 212 555 0123, or with the country's code, such as +1.")
		}
		return Sought{All: []string{s.look(lookPhone, phone)}}, nil
	}
	name := match.Fold(typed)
	if name == "" {
		return Sought{}, onboarding.Invalid("q", "There is nothing to search for.", "Type an e-mail address, a phone number or a name.")
	}
	out := Sought{One: s.look(lookName, oneWord(name))}
	for _, part := range strings.Fields(name) {
		if h := s.look(lookName, part); !slices.Contains(out.All, h) {
			out.All = append(out.All, h)
		}
	}
	if len(out.All) > maxParts {
		return Sought{}, onboarding.Invalid("q", "That is too much to search for.", "Type an e-mail address, a phone number, or at most eight parts of a name.")
	}
	return out, nil
}

// maxParts is how many parts of a name are sought at once.
const maxParts = 8
