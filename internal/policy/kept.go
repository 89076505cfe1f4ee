package policy

import "time"

// KeptCategory is a kind of data that the law obliges to keep when a person is erased.
type KeptCategory struct {
	ID   string
	Says string // what it is, as the person is told
	Rule string // which law asks for it
	// until is when it may go, counted from when the newest of it was made.
	until func(made time.Time) time.Time
}

// Until is when what was made then may go.
func (k KeptCategory) Until(made time.Time) time.Time { return k.until(made.UTC()) }

// The categories.
const (
	KeptTax       = "tax"
	KeptScreening = "screening"
	KeptConsent   = "consent"
)

// taxYears is how long employment tax records are kept at least: "four years after the
// due date of such tax for the return period to which the records relate, or the date
// such tax is paid, whichever is the later" (26 CFR 31.6001-1(e)(2)). Information
// returns of a year are due in the next, by the 15th of April at the latest.
const taxYears = 4

// claimYears is how long a person can bring an action under the Fair Credit Reporting
// Act at most: five years after the violation (15 USC 1681p). Until then we must be able
// to show the disclosure, the authorization and the notices of an adverse action.
const claimYears = 5

var kept = []KeptCategory{
	{KeptTax, "the details of your tax form", "26 CFR 31.6001-1(e)(2)", func(made time.Time) time.Time {
		return time.Date(made.Year()+1+taxYears, time.April, 15, 0, 0, 0, 0, time.UTC)
	}},
	{KeptScreening, "the disclosure and the authorization of the background report, and the notices of an adverse action", "15 USC 1681p", func(made time.Time) time.Time {
		return made.AddDate(claimYears, 0, 0)
	}},
	{KeptConsent, "the receipts of your consents, which prove that what we did was allowed", "15 USC 1681p; ISO/IEC TS 27560", func(made time.Time) time.Time {
		return made.AddDate(claimYears, 0, 0)
	}},
}

// KeptCategories lists what is kept by law when a person is erased, in a fixed order.
func KeptCategories() []KeptCategory { return append([]KeptCategory(nil), kept...) }

// KeptCategoryOf finds a category; false when there is none of that ID.
func KeptCategoryOf(id string) (KeptCategory, bool) {
	for _, k := range kept {
		if k.ID == id {
			return k, true
		}
	}
	return KeptCategory{}, false
}
