package policy

// The table was looked up in 2026-11, mostly in secondary sources; see
// reference/jurisdictions.md. It is not legal advice, and counsel must confirm
// each row. Where a source gives no number, the federal custom holds: rows join
// the federal one, and the stricter column counts.

func business(n int) Days { return Days{n, BusinessDays} }
func calendar(n int) Days { return Days{n, CalendarDays} }

func years(n int, cite string) Limit { return Limit{n, cite} }

// lookBack has one source for all its columns; 0 is no limit, Never none at all.
func lookBack(felony, misdemeanor, summary, nonConviction int, cite string) LookBack {
	limit := func(n int) Limit {
		if n == 0 {
			return Limit{}
		}
		return years(n, cite)
	}
	return LookBack{limit(felony), limit(misdemeanor), limit(summary), limit(nonConviction)}
}

// federal is the row that holds everywhere. Five business days are the norm from
// the FTC's staff letters, not statute. 1681c(a)(2) and (5) bar arrests and other
// adverse items after seven years; convictions have no limit.
var federal = Jurisdiction{ID: "US", Name: "United States", ResolveBy: "work", From: "1997-09-30",
	Waits:       []Wait{{Days: business(5), Custom: true, Citation: "15 USC 1681b(b)(3), by custom"}},
	LookBack:    lookBack(0, 0, 0, 7, "15 USC 1681c(a)(2), (5)"),
	SalaryLift:  75000,
	Contractors: CoverageUnclear,
	Forms:       []string{"disclosure that stands alone", "authorization in writing", "copy of the report and CFPB summary of rights before, agency's name and right to dispute after"},
	Citation:    "15 USC 1681b(b), 1681c, 1681m",
}

// californian is when a notice counts as received there: 2 CCR 11017.1.
var californian = []Presumption{{"email", business(2)}, {"post", calendar(10)}}

// table has states before their cities, and the narrower of two places after the wider.
var table = withWords(rows)

var rows = []Jurisdiction{
	{ID: "US-CA-ICRAA", Name: "California (ICRAA)", state: "CA", ResolveBy: "work", From: "1976-01-01", Contractors: CoversEmployees,
		LookBack: lookBack(7, 7, 7, Never, "Civ. Code 1786.18"),
		Forms:    []string{"own disclosure document, box for a copy, copy in 3 business days, agency's name and privacy link"},
		Citation: "Civ. Code 1786.16, .18, .20, .40"},
	{ID: "US-CA", Name: "California", state: "CA", ResolveBy: "work", From: "2018-01-01", Contractors: CoverageUnclear,
		Waits:            []Wait{{Days: business(5), Receipt: californian, OnDispute: business(5), Citation: "Gov. Code 12952; 2 CCR 11017.1"}},
		LookBack:         lookBack(7, 7, 7, Never, "Gov. Code 12952; Civ. Code 1786.18"),
		ConditionalOffer: true, Assessments: 2, Forms: []string{"notice names conviction, report, right to answer and deadline", "final notice names the complaint to the Civil Rights Department"},
		Citation: "Gov. Code 12952; 2 CCR 11017.1"},
	// A Los Angeles address may lie in the city or in unincorporated county, which its city line does not tell: both rows hold then.
	{ID: "US-CA-LAC", Name: "Los Angeles County", state: "CA", cities: []string{"los angeles", "east los angeles", "altadena", "marina del rey", "hacienda heights",
		"rowland heights", "la crescenta", "florence-graham", "willowbrook", "westmont", "lennox", "stevenson ranch", "topanga", "acton", "agua dulce", "quartz hill"},
		ResolveBy: "work", From: "2024-09-03", Contractors: CoversContractors,
		Waits:            []Wait{{Days: business(5), Receipt: californian, OnDispute: business(10), Citation: "LACC 8.300"}},
		LookBack:         lookBack(7, 7, 7, Never, "LACC 8.300"),
		ConditionalOffer: true, Assessments: 2, Channels: []string{"email", "post"},
		Forms:    []string{"good cause in writing with the offer", "written assessment, preliminary notice, second assessment, final notice"},
		Citation: "LACC 8.300"},
	{ID: "US-CA-LA", Name: "Los Angeles", state: "CA", cities: []string{"los angeles", "hollywood", "van nuys", "north hollywood", "san pedro", "venice", "woodland hills", "northridge"},
		ResolveBy: "work", From: "2017-01-22", Contractors: CoverageUnclear,
		Waits:            []Wait{{Days: business(5), Receipt: californian, Citation: "LAMC 189"}},
		ConditionalOffer: true, Assessments: 2, HoldsPosition: true, Forms: []string{"written assessment form, reassessment if the applicant answers"},
		Citation: "LAMC 189"},
	{ID: "US-CA-SF", Name: "San Francisco", state: "CA", cities: []string{"san francisco"}, ResolveBy: "work", From: "2014-08-13", Contractors: CoversContractors,
		Waits:            []Wait{{Days: calendar(7), Receipt: californian, Citation: "S.F. Police Code art. 49"}},
		LookBack:         lookBack(7, 7, Never, Never, "S.F. Police Code art. 49"),
		ConditionalOffer: true, Assessments: 1, Forms: []string{"copy of the report and directly-related test"},
		Citation: "S.F. Police Code art. 49"},
	{ID: "US-NY", Name: "New York State", state: "NY", ResolveBy: "work", From: "2009-02-01", Contractors: CoverageUnclear,
		LookBack: lookBack(7, 7, 7, Never, "GBL 380-j"), SalaryLift: 25000,
		Assessments: 1, Forms: []string{"Article 23-A factors and copy", "reasons within 30 days of asking"},
		Citation: "N.Y. Correction Law 750-755; GBL 380-c, 380-j"},
	{ID: "US-NY-NYC", Name: "New York City", state: "NY", cities: []string{"new york", "new york city", "nyc", "manhattan", "brooklyn", "bronx", "the bronx",
		"staten island", "queens", "astoria", "flushing", "jamaica", "long island city", "forest hills", "elmhurst", "corona", "jackson heights", "ridgewood",
		"woodside", "bayside", "far rockaway", "fresh meadows", "kew gardens", "ozone park", "rego park", "sunnyside", "whitestone"},
		ResolveBy: "work", From: "2021-07-29", Contractors: CoversContractors,
		Waits:            []Wait{{Days: business(5), Citation: "NYC Admin. Code 8-107(11)"}},
		LookBack:         lookBack(0, 0, Never, Never, "NYC Admin. Code 8-107(11)"),
		ConditionalOffer: true, Assessments: 1, HoldsPosition: true,
		Forms:    []string{"non-criminal results first", "Fair Chance Notice with Article 23-A analysis"},
		Citation: "NYC Admin. Code 8-107(10), (11), (11-a)"},
	{ID: "US-IL", Name: "Illinois", state: "IL", ResolveBy: "work", From: "2021-03-23", Contractors: CoversEmployees,
		Waits:       []Wait{{Days: business(5), Citation: "775 ILCS 5/2-103.1"}},
		LookBack:    lookBack(0, 0, 0, Never, "775 ILCS 5/2-103"),
		Assessments: 1, Forms: []string{"six factors, notice with report and reasons", "final notice names the charge at the IDHR"},
		Citation: "775 ILCS 5/2-103, 2-103.1"},
	{ID: "US-IL-CHI", Name: "Chicago", state: "IL", cities: []string{"chicago"}, ResolveBy: "work", From: "2023-04-24", Contractors: CoverageUnclear,
		Waits: []Wait{{Days: business(5), Citation: "MCC 6-10-054"}}, Assessments: 1, Forms: []string{"final notice names the Chicago Commission on Human Relations"},
		Citation: "MCC 6-10-054"},
	{ID: "US-MA", Name: "Massachusetts", state: "MA", ResolveBy: "work", From: "2012-05-04", Contractors: CoversContractors,
		LookBack: lookBack(7, 5, 0, 7, "MGL c.6 s.172; c.93 s.52"),
		Forms:    []string{"CORI acknowledgment", "separate notice and authorization", "record's copy, source, policy, items, chance to dispute, correction sheet"},
		Citation: "MGL c.6 s.172; 803 CMR 2.20, 2.22"},
	{ID: "US-NJ", Name: "New Jersey", state: "NJ", ResolveBy: "work", From: "2015-03-01", Contractors: CoversEmployees,
		Forms: []string{"no inquiry before the first interview"}, Citation: "NJSA 34:6B-11"},
	{ID: "US-WA", Name: "Washington", state: "WA", ResolveBy: "work", From: "2026-07-01", Contractors: CoverageUnclear, // from 2027-01-01 for those under 15 staff: the earlier day holds for all
		Waits:    []Wait{{Days: business(2), Citation: "RCW 49.94"}},
		LookBack: lookBack(7, 7, 7, Never, "RCW 49.94; 19.182.040"), SalaryLift: 20000,
		ConditionalOffer: true, Assessments: 1, HoldsPosition: true, Forms: []string{"legitimate business reason", "written decision by factor", "Attorney General's guide"},
		Citation: "RCW 49.94 (HB 1747)"},
	{ID: "US-WA-SEA", Name: "Seattle", state: "WA", cities: []string{"seattle"}, ResolveBy: "work", From: "2013-11-01", Contractors: CoverageUnclear,
		Waits: []Wait{{Days: business(2), Citation: "SMC 14.17"}}, LookBack: lookBack(7, 7, 7, Never, "SMC 14.17; RCW 19.182.040"),
		HoldsPosition: true, Forms: []string{"legitimate business reason"}, Citation: "SMC 14.17"},
	{ID: "US-PA-PHL", Name: "Philadelphia", state: "PA", cities: []string{"philadelphia"}, ResolveBy: "work", From: "2026-01-06", Contractors: CoversContractors,
		Waits:            []Wait{{Days: business(10), Citation: "Phila. Code 9-3500"}},
		LookBack:         lookBack(7, 4, Never, Never, "Phila. Code 9-3500"),
		ConditionalOffer: true, Assessments: 1, HoldsPosition: true, Forms: []string{"notice of convictions, copy, rights, evidence of error and rehabilitation"},
		Citation: "Phila. Code 9-3500"},
	// Montgomery and Prince George's counties ask for seven days of a kind that is not stated. A city line does not tell the county, so the whole state keeps it.
	{ID: "US-MD", Name: "Maryland", state: "MD", ResolveBy: "work", From: "2020-02-29", Contractors: CoverageUnclear,
		Waits:    []Wait{{Days: business(7), Citation: "Montgomery Co. Code 27-71; Prince George's Co. Code 2-231.02"}},
		LookBack: lookBack(7, 7, 7, 7, "Md. Code, Com. Law 14-1203"), SalaryLift: 20000,
		ConditionalOffer: true, Assessments: 1, HoldsPosition: true, Forms: []string{"deadline in the notice"},
		Citation: "Md. Code, Com. Law 14-1203; Montgomery Co. Code 27-71"},
	{ID: "US-TX", Name: "Texas", state: "TX", ResolveBy: "work", From: "1997-09-01", Contractors: CoverageUnclear,
		LookBack: lookBack(7, 7, 7, 7, "Tex. Bus. & Com. Code 20.05"), SalaryLift: 75000, Citation: "Tex. Bus. & Com. Code 20.05"},
	{ID: "US-TX-AUS", Name: "Austin", state: "TX", cities: []string{"austin"}, ResolveBy: "work", From: "2016-04-04", Contractors: CoverageUnclear,
		ConditionalOffer: true, Assessments: 1, Forms: []string{"written notice"}, Citation: "Austin Code 4-15"},
	{ID: "US-HI", Name: "Hawaii", state: "HI", ResolveBy: "work", From: "2020-09-15", Contractors: CoverageUnclear,
		LookBack:         lookBack(7, 5, 5, Never, "HRS 378-2.5"),
		ConditionalOffer: true, Forms: []string{"rational relationship"}, Citation: "HRS 378-2.5"},
	{ID: "US-MN", Name: "Minnesota", state: "MN", ResolveBy: "work", From: "1992-08-01", Contractors: CoverageUnclear,
		Forms: []string{"disclosure with a box for a copy; the agency sends it within 24 hours"}, Citation: "Minn. Stat. 13C.02"},
	{ID: "US-CO", Name: "Colorado", state: "CO", ResolveBy: "work", From: "2019-09-01", Contractors: CoverageUnclear,
		LookBack: lookBack(7, 7, 7, 7, "CRS 5-18-109"), SalaryLift: 75000, Citation: "CRS 8-2-130, 5-18-109"},
	{ID: "US-DC", Name: "District of Columbia", state: "DC", ResolveBy: "work", From: "2014-12-17", Contractors: CoversContractors,
		LookBack:         lookBack(10, 10, 10, Never, "DC Code 32-1341"),
		ConditionalOffer: true, Assessments: 1, Forms: []string{"legitimate business reason, six factors", "records on request within 30 days"},
		Citation: "DC Code 32-1341"},
	{ID: "US-OR-PDX", Name: "Portland", state: "OR", cities: []string{"portland"}, ResolveBy: "work", From: "2016-07-01", Contractors: CoverageUnclear,
		LookBack:         LookBack{NonConviction: years(Never, "PCC 23.10")},
		ConditionalOffer: true, Assessments: 1, Forms: []string{"notice names item and source before the offer is taken back"}, Citation: "PCC 23.10"},
	{ID: "US-KS", Name: "Kansas", state: "KS", ResolveBy: "work", From: "1997-09-30", LookBack: lookBack(7, 7, 7, 7, "K.S.A. 50-704"), SalaryLift: 20000,
		Contractors: CoverageUnclear, Citation: "K.S.A. 50-704"},
	{ID: "US-NH", Name: "New Hampshire", state: "NH", ResolveBy: "work", From: "1997-09-30", LookBack: lookBack(7, 7, 7, 7, "RSA 359-B:5"), SalaryLift: 20000,
		Contractors: CoverageUnclear, Citation: "RSA 359-B:5"},
	{ID: "US-MT", Name: "Montana", state: "MT", ResolveBy: "work", From: "1997-09-30", LookBack: lookBack(7, 7, 7, 7, "MCA 31-3-112"),
		Contractors: CoverageUnclear, Citation: "MCA 31-3-112"},
	{ID: "US-NM", Name: "New Mexico", state: "NM", ResolveBy: "work", From: "1997-09-30", LookBack: lookBack(7, 7, 7, 7, "NMSA 56-3-6"),
		Contractors: CoverageUnclear, Citation: "NMSA 56-3-6"},
}
