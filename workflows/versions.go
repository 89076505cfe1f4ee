package workflows

import "go.temporal.io/sdk/workflow"

// The changes of behaviour that a case which is under way may have begun before.
// Each is asked for where the old and the new part; the old way stays for as long
// as histories of it may be running, and testdata/histories replays both.
const (
	changeCorrections     = "corrections"       // 2026-11-27: the applicant is written to when a detail does not hold
	changeReinvestigation = "re-investigation"  // 2026-11-27: a dispute goes to the agency; a statement lets the rest of the time pass
	changeLateAnswer      = "late answer"       // 2026-11-27: an answer after its time and before the decision is heard like one in time
	changeHeldUp          = "held up"           // 2026-11-27: a notice that was held up for days goes out again; an end that was asked for between two runs comes at once
	changeRepeated        = "repeated event"    // 2026-11-27: a vendor's event counts once
	changeNothingLeftOpen = "nothing left open" // 2026-11-27: at the end a waived check's order and an agency's adverse action are taken back too
	changeTexts           = "texts"             // 2026-11-28: a text message besides a letter for who asked for it
	changeNews            = "news"              // 2026-11-28: a letter for each change that lasts
	changeAgreementKept   = "agreement kept"    // 2026-11-28: the text of a signed agreement is kept, and a copy goes to the applicant
	changeAnyDetail       = "any detail"        // 2026-11-27: every detail can be corrected while the case is open, and what it touches runs anew also in later stages
	changeRenewal         = "renewal"           // 2026-11-28: a certificate is reminded of and renewed; a revocation takes effect before it is answered
	changeShown           = "shown"             // 2026-11-28: lists tell where a case is also while a step takes long, and of each failed check
	changeWhy             = "why it failed"     // 2026-11-28: the search attribute FailedChecks tells another code of a check that had failed before
	changeRounds          = "failed rounds"     // 2026-11-28: the search attribute FailedChecks tells also when another round of a check has failed
	changeTextedNumber    = "texted number"     // 2026-11-28: the consent to text messages ends with the number that it was given for
	changeEvents          = "events"            // 2026-11-28: integrators are told whom a case waits for also when nothing else is to be stored
	changeCorrectedFirst  = "corrected first"   // 2026-11-28: a renewal waits for the checks of a detail that was corrected before it was asked for
	changeHolds           = "holds"             // 2026-11-28: a dispute holds the applicant's data until it is settled
	changeAgreed          = "agreed"            // 2026-11-28: nothing goes to a vendor on a day without an agreement
	changeOfficer         = "officer"           // 2026-11-28: the privacy officer is written to about a data request
	changeErasedLast      = "erased last"       // 2026-11-28: integrators are told of an erasure also when the case had ended before
	changeTextsErased     = "texts erased"      // 2026-11-28: text messages are deleted at Twilio by its API
	changeHoldBehind      = "hold behind"       // 2026-11-28: a hold is set when what is being removed is removed, and a removal that it stopped stands in the ledger
	changeTakenIn         = "taken in"          // 2026-11-28: behind a case's end nothing is stored for an update that is not known to be taken in
	changePurgeListed     = "purge listed"      // 2026-11-28: a purge is listed as soon as it begins, and a pause that nobody ends ends it
	changeKeepsNothing    = "keeps nothing"     // 2026-11-28: nobody is asked by hand to erase what they do not keep
	changeHeldGap         = "held gap"          // 2026-11-28: a hold that is set as an erasure upon a request begins is waited for
	changeApart           = "apart"             // 2026-11-27: a run does not end in the task that has answered an update
)

// since reports whether this run is of after the change.
func since(ctx workflow.Context, change string) bool {
	return workflow.GetVersion(ctx, change, workflow.DefaultVersion, 1) >= 1
}
