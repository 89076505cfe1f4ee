package program

import (
	"slices"
	"time"
)

// InForce reports whether the agreement holds on the day of a time, by UTC: from its
// date on, and up to its last day. The zero Vendor's never does (obligation 39).
func (v Vendor) InForce(at time.Time) bool {
	day := at.UTC().Format(time.DateOnly) // days in this form sort by their letters
	return v.AgreementDate != "" && v.AgreementDate <= day && (v.AgreementEnd == "" || day <= v.AgreementEnd)
}

// Agreed reports whether the file of the program with this ID has an agreement with the
// vendor that is in force at a time (obligation 39). Our own lists need none, and of a
// program that has no file any more nothing is known here: its cases go by their own.
func (s *Set) Agreed(id, vendor string, at time.Time) bool {
	p, err := s.Get(id)
	return err != nil || Ours(vendor) || p.Vendors[vendor].InForce(at)
}

// ListsSub reports whether the agreement lets the vendor have a sub-processor work for it.
func (v Vendor) ListsSub(to string) bool { return slices.Contains(v.SubProcessors, to) }

// senseOfAgreements finds what is wrong with the days of agreements; each fault's place
// is below vendors.
func senseOfAgreements(p Program) (out []fault) {
	for name, v := range p.Vendors {
		wrong := func(key, reason string) { out = append(out, fault{reason: reason, at: []string{name, key}}) }
		if _, err := time.Parse(time.DateOnly, v.AgreementDate); err != nil {
			wrong("agreement_date", "is no date such as 2026-01-31")
		}
		if v.AgreementEnd == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, v.AgreementEnd); err != nil {
			wrong("agreement_end", "is no date such as 2026-01-31")
		} else if v.AgreementEnd < v.AgreementDate {
			wrong("agreement_end", "is before the agreement begins")
		}
	}
	return out
}
