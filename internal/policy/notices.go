package policy

// said is what the law of one place wants its two notices to say besides what
// every notice says by federal law.
type said struct{ notice, final []string }

// withWords puts into each row what its notices must say and what must be weighed.
func withWords(rows []Jurisdiction) []Jurisdiction {
	for i, j := range rows {
		rows[i].Notice, rows[i].Final = sentences[j.ID].notice, sentences[j.ID].final
		if a, ok := assessments[j.ID]; ok {
			rows[i].Asked = []Assessment{a}
		}
	}
	return rows
}

// sentences has them by the row's ID; a row that is not here asks for none. They
// go by e-mail, which others of a household may read, so none says what sort of
// record a report has: the notice in the application does, behind the link. Each
// names its source, and counsel must confirm each, as every row of the table.
var sentences = map[string]said{
	"US-CA-ICRAA": {
		notice: []string{"You may look at the file that the agency keeps about you, in person, by mail or by telephone, when you show who you are (Cal. Civ. Code 1786.22)."},
		final:  []string{"The report was an investigative consumer report under California law, and the agency that made it is named in this letter with its address (Cal. Civ. Code 1786.40)."},
	},
	"US-CA": {
		notice: []string{
			"Your application names each entry of your record that the decision would rest on, and has the copy of the report (Cal. Gov. Code 12952(c)(2)(A) and (B)).",
			"You have the right to answer before the decision is final, and at least five business days for it from the day on which you receive this notice (Cal. Gov. Code 12952(c)(2)(C) and (c)(3); 2 CCR 11017.1).",
			"Your answer may have evidence that the report is wrong, evidence of rehabilitation, or circumstances that speak for you, or all of them (Cal. Gov. Code 12952(c)(2)(C)).",
			"If you tell us in writing in that time that you dispute the report and are taking steps to get evidence, you have five business days more (Cal. Gov. Code 12952(c)(3)).",
		},
		final: []string{
			"Whatever you sent us in answer to our first notice was considered before this decision (Cal. Gov. Code 12952(c)(4)).",
			"We have no set procedure for having this decision reconsidered; you may still write to the contact in this letter with anything that we should know (Cal. Gov. Code 12952(c)(5)(B)).",
			"You have the right to file a complaint with the California Civil Rights Department, calcivilrights.ca.gov (Cal. Gov. Code 12952(c)(5)(C)).",
		},
	},
	"US-CA-LAC": {
		notice: []string{
			"We have made an individualized assessment in writing before this notice, and its copy is in your application beside the report (LACC 8.300).",
			"In Los Angeles County you have at least five business days from the day on which you receive this notice, and ten more if in that time you dispute the record or ask for time to get evidence (LACC 8.300).",
			"If you answer, we make a second individualized assessment in writing before we decide (LACC 8.300).",
		},
		final: []string{
			"If you answered our first notice, the copy of our second individualized assessment is in your application (LACC 8.300).",
			"You have the right to file a complaint with the Los Angeles County Department of Consumer and Business Affairs, dcba.lacounty.gov (LACC 8.300).",
		},
	},
	"US-CA-LA": {
		notice: []string{
			"Our written assessment, which links what the report says with risks of the work, is in your application with everything that it rests on (LAMC 189.03 A and B).",
			"For at least five business days we neither decide against you nor give the position to somebody else, so that you can answer (LAMC 189.03 B).",
			"If you send us information or documents in that time, we make a reassessment in writing (LAMC 189.03 B).",
		},
		final: []string{
			"If you answered our first notice, the copy of our written reassessment is in your application (LAMC 189.03 B).",
			"You may complain to the City of Los Angeles, Department of Public Works, Bureau of Contract Administration (LAMC 189).",
		},
	},
	"US-CA-SF": {
		notice: []string{
			"In San Francisco the entries that the decision would rest on are named to you with the copy of the report before anything is decided (S.F. Police Code 4904).",
			"Within seven days of this notice you, or somebody for you, may tell us or write to us that the record is wrong, or what speaks for rehabilitation or other mitigating facts; we then wait for a reasonable time and look at our plan again (S.F. Police Code 4904).",
		},
		final: []string{"You may report a breach of San Francisco's ordinance to its Office of Labor Standards Enforcement, sf.gov/olse (S.F. Police Code art. 49)."},
	},
	"US-NY": {
		notice: []string{"New York wants you to have a copy of Article 23-A of its Correction Law: it is at nysenate.gov/legislation/laws/COR/A23-A, and on paper if you ask the contact in this letter (N.Y. Gen. Bus. Law 380-c)."},
		final: []string{
			"If you ask us, you get our reasons in writing within thirty days of asking (N.Y. Correction Law 754).",
			"You may complain to the New York State Division of Human Rights, dhr.ny.gov (N.Y. Exec. Law 296(15) and 297).",
		},
	},
	"US-NY-NYC": {
		notice: []string{
			"This is the Fair Chance Notice of New York City: our analysis under Article 23-A, factor by factor and with our reasons, is in your application with a copy of everything that we looked at (NYC Admin. Code 8-107(11)(b)).",
			"You have at least five business days to answer, and in that time the position is held open for you (NYC Admin. Code 8-107(11)(b)).",
		},
		final: []string{"You may complain to the New York City Commission on Human Rights, nyc.gov/humanrights (NYC Admin. Code 8-109)."},
	},
	"US-IL": {
		notice: []string{
			"Your application names what in the record would stand against you and gives our reasons, with the copy of the report (775 ILCS 5/2-103.1(C)).",
			"You have at least five business days to answer, before anything is final, with evidence that the record is wrong or with what speaks for you, such as rehabilitation (775 ILCS 5/2-103.1(C)).",
		},
		final: []string{
			"Your application names what in the record stood against you, and our reasons (775 ILCS 5/2-103.1(C)).",
			"There is no set procedure of ours for challenging this decision; the contact in this letter takes whatever you want us to know (775 ILCS 5/2-103.1(C)).",
			"You have the right to file a charge with the Illinois Department of Human Rights, dhr.illinois.gov (775 ILCS 5/2-103.1(C)).",
		},
	},
	"US-IL-CHI": {
		notice: []string{"Chicago's ordinance gives you the same notice, the same reasons and the same time to answer as the law of Illinois (MCC 6-10-054)."},
		final:  []string{"You have the right to file a complaint with the Chicago Commission on Human Relations, chicago.gov/cchr (MCC 6-10-054)."},
	},
	"US-MA": {
		notice: []string{
			"The copy of what we got is in your application; its source is the agency named in this letter, and each entry that the decision would rest on is named there (803 CMR 2.20(1)(c), (d) and (f)).",
			"You may dispute that what it says is right before anything is decided (803 CMR 2.20(1)(g)).",
			"Our policy on such records, and the state's information (DCJIS) on how a wrong record is put right, are yours for the asking at the contact in this letter (803 CMR 2.20(1)(e) and (h)).",
		},
		final: []string{"You may complain to the Massachusetts Commission Against Discrimination, mass.gov/mcad (MGL c.151B s.5)."},
	},
	"US-WA": {
		notice: []string{
			"Your application names the record that we rely on for our business reason (RCW 49.94).",
			"The position is held open for at least two business days, so that you can correct or explain the record, or tell us of your rehabilitation, good conduct, work experience, education and training (RCW 49.94).",
			"The Attorney General of Washington has a guide to these rights, atg.wa.gov (RCW 49.94).",
		},
		final: []string{
			"Our written decision is in your application: how each factor that the law names was weighed, and what the record means for this position (RCW 49.94).",
			"You may complain to the Attorney General of Washington, atg.wa.gov (RCW 49.94).",
		},
	},
	"US-WA-SEA": {
		notice: []string{"In Seattle we name to you the record that the decision would rest on, and hold the position for at least two business days so that you can explain or correct it (SMC 14.17)."},
		final:  []string{"You may complain to the Seattle Office of Labor Standards, seattle.gov/laborstandards (SMC 14.17)."},
	},
	"US-PA-PHL": {
		notice: []string{
			"Your application names each entry of the record that the decision would rest on, and has its copy (Phila. Code 9-3500).",
			"Your rights in Philadelphia: your record and this work are weighed one against the other, you have ten business days to answer, you may complain to the city, and nobody may make you suffer for using these rights; if something is done against you within ninety days of it, that is presumed to be the reason (Phila. Code 9-3500).",
			"We consider any evidence that the record is wrong, any explanation, and any evidence of rehabilitation that you give us in that time (Phila. Code 9-3500).",
		},
		final: []string{"You may complain to the Philadelphia Commission on Human Relations, phila.gov/pchr (Phila. Code 9-3500)."},
	},
	"US-MD": {
		notice: []string{"In Montgomery and Prince George's counties the entries that the decision would rest on are named to you with the copy of the report, and nothing is final for seven days, so that you can tell us of anything in it that is wrong (Montgomery Co. Code 27-71; Prince George's Co. Code 2-231.02)."},
		final:  []string{"This letter tells you in writing that the conditional offer is taken back; in Montgomery and Prince George's counties you may complain to the county's Office of Human Rights (Montgomery Co. Code 27-71; Prince George's Co. Code 2-231.02)."},
	},
	"US-TX-AUS": {
		notice: []string{"Austin wants each record to be weighed by itself: how grave it is, how long ago, and what it means for this work; what you tell us is part of that (Austin Code 4-15)."},
		final:  []string{"As Austin asks, we tell you in writing that this decision rests in whole or in part on your record; you may complain to the City of Austin, Office of Civil Rights (Austin Code 4-15)."},
	},
	"US-HI": {
		notice: []string{"In Hawaii the conditional offer may be taken back only where the record bears a rational relationship to the duties of the position (HRS 378-2.5)."},
		final:  []string{"You may complain to the Hawaii Civil Rights Commission, labor.hawaii.gov/hcrc (HRS 368-11)."},
	},
	"US-DC": {
		notice: []string{"In the District the conditional offer may be taken back only for a legitimate business reason, which six factors that the law names must make reasonable (DC Code 32-1342)."},
		final: []string{
			"If you think that this decision rests on your record, you may ask us within thirty days for a copy of every record on you that we got, and you get it within thirty days of asking (DC Code 32-1342).",
			"You have the right to file a complaint with the District's Office of Human Rights, ohr.dc.gov (DC Code 32-1341 to 32-1346).",
		},
	},
	"US-OR-PDX": {
		notice: []string{"Before the conditional offer is taken back you are told in writing which entry of the record that rests on and where it comes from: it is named in your application, and its source is the agency named in this letter (PCC 23.10.030)."},
		final:  []string{"You may complain to the Oregon Bureau of Labor and Industries, oregon.gov/boli (PCC 23.10)."},
	},
}
