package policy

import "slices"

// KeptBasis is why what the law keeps of somebody who is erased may be opened: nothing of
// it is opened for anything else. The list is closed.
type KeptBasis struct {
	ID   string
	Says string
	Rule string
	DPV  string // legal basis, as the ledger names it
	// Case says that it needs a case of legal process that is approved and names the
	// applicant.
	Case bool
	// Number says that the taxpayer number is shown whole: whoever may ask for it by this
	// basis asks for just that. For any other it is masked.
	Number bool
	opens  []string // categories
}

// The bases.
const (
	BasisTaxAuthority = "tax_authority"
	BasisClaim        = "claim"
	BasisLitigation   = "litigation"
	BasisRegulator    = "regulator"
	BasisProcess      = "legal_process"
)

var keptBases = []KeptBasis{
	{ID: BasisTaxAuthority, Says: "a tax authority asks for it, or a return must be put right", Rule: "26 USC 7602; 26 CFR 31.6001-1", DPV: "dpv:LegalObligation", Number: true, opens: []string{KeptTax}},
	{ID: BasisClaim, Says: "the person disputes what was reported or decided, or claims under the Fair Credit Reporting Act", Rule: "15 USC 1681p", DPV: "dpv:LegitimateInterest", opens: []string{KeptScreening, KeptConsent}},
	{ID: BasisLitigation, Says: "a suit is under way, or is to be expected", Rule: "Fed. R. Civ. P. 26 and 37(e)", DPV: "dpv:LegitimateInterest", opens: []string{KeptTax, KeptScreening, KeptConsent}},
	{ID: BasisRegulator, Says: "a supervisory authority asks to be shown that it was allowed", Rule: "15 USC 1681s", DPV: "dpv:LegalObligation", opens: []string{KeptScreening, KeptConsent}},
	{ID: BasisProcess, Says: "a case of legal process asks for it", Rule: "the case's own document", DPV: "dpv:LegalObligation", Case: true, opens: []string{KeptTax, KeptScreening, KeptConsent}},
}

// KeptBases lists them in the order in which staff choose.
func KeptBases() []KeptBasis { return slices.Clone(keptBases) }

// KeptBasisOf finds a basis; false when there is none of that ID.
func KeptBasisOf(id string) (KeptBasis, bool) {
	i := slices.IndexFunc(keptBases, func(b KeptBasis) bool { return b.ID == id })
	if i < 0 {
		return KeptBasis{}, false
	}
	return keptBases[i], true
}

// Opens reports whether a category may be opened for it.
func (b KeptBasis) Opens(category string) bool { return slices.Contains(b.opens, category) }
