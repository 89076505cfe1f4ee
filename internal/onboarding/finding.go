package onboarding

// Verdict is what a check or screening says. It has three values, never two:
// only evidence makes clear, so that nothing fails open.
type Verdict string

// The verdicts.
const (
	VerdictClear            Verdict = "clear"
	VerdictConsider         Verdict = "consider"
	VerdictCouldNotComplete Verdict = "could_not_complete"
)

// SourceKind says where a finding comes from (obligations 7 and 8).
type SourceKind string

// The kinds of source.
const (
	SourceApplicant    SourceKind = "applicant"     // what the applicant told us
	SourceProprietary  SourceKind = "proprietary"   // a vendor's own investigation
	SourcePublicRecord SourceKind = "public_record" // a court, a register, a published list
	SourceOwn          SourceKind = "own"           // computed by us
)

// Finding is one fact that a check brought up. It carries codes and scores,
// never personal data: what was found in words lies sealed in the result.
type Finding struct {
	Code      string     `json:"code"`                // e.g. "email_undeliverable", "sanctions_match"
	Verdict   Verdict    `json:"verdict"`             // clear or consider
	Source    SourceKind `json:"source"`              //
	Screening string     `json:"screening,omitempty"` // the search inside a vendor's report, e.g. "county_criminal"
	Severity  string     `json:"severity,omitempty"`  // felony, misdemeanor, … as policy's matrix names them
	Disposed  string     `json:"disposed,omitempty"`  // how a case ended: convicted, dismissed, acquitted, …
	AgeYears  int        `json:"age_years,omitempty"` // whole years since the record's disposition; 0 when it has none
	Score     float64    `json:"score,omitempty"`     // 0 to 1, for matches by name
	Entry     string     `json:"entry,omitempty"`     // the agency's reference of the entry that it rests on (onboarding.Entry.ID)
	Edition   string     `json:"edition,omitempty"`   // of the list that was searched
	// Parts are what the score was made of: numbers by PartName, PartBorn, PartPlace
	// or a service's own name of the part. Nothing of a person's is in them.
	Parts map[string]float64 `json:"parts,omitempty"`
}

// Worst is the verdict over findings: consider when any says so, else clear.
// No findings at all is no evidence, so it is could-not-complete.
func Worst(findings []Finding) Verdict {
	if len(findings) == 0 {
		return VerdictCouldNotComplete
	}
	worst := VerdictClear
	for _, f := range findings {
		switch f.Verdict {
		case VerdictClear:
		case VerdictConsider:
			if worst == VerdictClear {
				worst = VerdictConsider
			}
		case VerdictCouldNotComplete:
			worst = VerdictCouldNotComplete
		default:
			worst = VerdictCouldNotComplete
		}
	}
	return worst
}
