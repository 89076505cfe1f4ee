package portal

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// What stages, checks and consents are called in front of applicants.

var stageNames = map[onboarding.Stage]string{
	onboarding.StageSignup:        "Your application",
	onboarding.StageValidation:    "First checks",
	onboarding.StageVetting:       "Background report",
	onboarding.StageCertification: "Certification",
	onboarding.StageCertified:     "Certificate",
}

// stageWords is a heading and a sentence for where the case stands.
func stageWords(v workflows.ApplicantView) (heading, says string) {
	if v.Adverse.Contemplated && v.Stage.Open() {
		if v.Adverse.Disputed && !v.Adverse.Reinvestigation.Running() && v.Attention == onboarding.AttentionNone {
			return "We may have to turn your application down", "Something that the checks brought up may stand in the way. We have your answer, and a person has read it. No decision goes out before your time is over."
		}
		if v.Adverse.Disputed {
			return "We may have to turn your application down", "Something that the checks brought up may stand in the way. Nothing is decided. We have your answer."
		}
		return "We may have to turn your application down", "Something that the checks brought up may stand in the way. Nothing is decided. You have time to answer."
	}
	switch v.Stage {
	case onboarding.StageSignup:
		return "Your application is not submitted yet", "Go on where you left off."
	case onboarding.StageValidation:
		return "We are doing the first checks", "We check that your application is genuine and compare your name with public lists. Then we make you a conditional offer and ask for the background report."
	case onboarding.StageVetting:
		return "Your background report is being made", "You have a conditional offer. It holds if the background report and the certification go well."
	case onboarding.StageCertification:
		return "You can get certified now", "The checks are done. What is left is below."
	case onboarding.StageCertified:
		if !v.Credential.Revoked.IsZero() {
			return "Your certificate was revoked", "It is not valid any more. Our message to you says why and whom to ask."
		}
		return "You are certified", "Everything is done. You hold your certificate and decide who sees it."
	case onboarding.StageDeclined:
		return "Your application was declined", "A person decided this. Our message to you says what the decision rests on and, if there was a report, how to get a free copy of it and dispute it with the agency that made it."
	case onboarding.StageWithdrawn:
		return "Your application was withdrawn", "Nothing more is checked or ordered. You can apply again at any time."
	case onboarding.StageExpired:
		switch { // a run ends so, too, when a certificate does
		case !v.Credential.Revoked.IsZero():
			return stageWords(workflows.ApplicantView{Stage: onboarding.StageCertified, Credential: v.Credential})
		case v.Credential.ID != "":
			return "Your certificate has expired", "It is not valid any more. You can apply again at any time."
		}
		return "Your application has expired", "Nothing more is checked or ordered. You can apply again at any time."
	case onboarding.StageErased:
		return "Your data was erased", "We keep a record that this was done, without any data of yours."
	}
	return "We cannot say where your application stands", "Write to us, please, so that we can find out."
}

type checkText struct {
	name, doing, passed string
	about               string // inside a sentence
	next                string // what comes then
}

var checkTexts = map[onboarding.CheckName]checkText{
	onboarding.CheckEmail: {"E-mail address", "We find out whether your e-mail address can receive mail.", "Your e-mail address can receive mail.",
		"your e-mail address", "If the address does not hold, you can correct it here."},
	onboarding.CheckPhone: {"Phone number", "We find out whether your phone number is in use.", "Your phone number is fine.",
		"your phone number", "If the number does not hold, you can correct it here."},
	onboarding.CheckAddress: {"Home address", "We find out whether mail reaches your address.", "Your address is a place that mail reaches.",
		"your home address", "If the address does not hold, you can correct it here."},
	onboarding.CheckIPRisk: {"Internet connection", "We find out whether the connection that you applied from is known for fraud.", "Your connection is not known for fraud.",
		"the connection that you applied from", "If something speaks against the connection, a person looks at it."},
	onboarding.CheckIdentity: {"Identity document", "Stripe looks at a document that you show it, such as a passport or a driver's license.", "Your document was accepted.",
		"your identity document", "We go on when Stripe tells us that it has looked."},
	onboarding.CheckNationalID: {"Social Security number", "We check the form of your number. It is not sent to anybody.", "The form of your number is right.",
		"the form of your Social Security number", ""},
	onboarding.CheckSanctions: {"Sanctions lists", "Your name is compared with lists of persons under sanctions, such as that of the US Treasury.", "You were not found on these lists.",
		"the sanctions lists", "If somebody on a list has a name like yours, a person compares."},
	onboarding.CheckExclusions: {"Health program exclusions", "We compare your name with the list of persons excluded from federal health programs.", "You are not on this list.",
		"the list of health program exclusions", "If somebody on the list has a name like yours, a person compares."},
	onboarding.CheckDebarment: {"Federal contract exclusions", "We compare your name with the list of persons excluded from federal contracts.", "You are not on this list.",
		"the list of federal contract exclusions", "If somebody on the list has a name like yours, a person compares."},
	onboarding.CheckDuplicate: {"Earlier applications", "We look whether you have applied before.", "There is no other application of yours.",
		"earlier applications", "If there is another application, a person looks at both."},
	onboarding.CheckBackground: {"Background report", "An agency looks through its own sources and court records.", "The report is in and nothing in it stands in the way.",
		"the background report", "We read the report as soon as it is there."},
}

func textOf(name onboarding.CheckName) checkText {
	if t, ok := checkTexts[name]; ok {
		return t
	}
	return checkText{name: "Another check", doing: "This check is under way.", passed: "This check is done.", about: "another check", next: "We write to you when something changes."}
}

// lineOf says one check in plain words. A check that could not be completed is
// said to be that: neither waiting nor passed.
func lineOf(c workflows.ApplicantCheck, p program.Program) checkLine {
	t := textOf(c.Name)
	line := checkLine{Name: t.name, Says: t.doing, Check: c, Dated: "Since"}
	switch c.Status {
	case onboarding.StatusPending:
		line.Tag, line.Next, line.Dated = "Not started", "It begins by itself.", ""
		if c.Name.Stage() == onboarding.StageVetting {
			line.Next = "It begins when the first checks are done and we have made you an offer."
		}
	case onboarding.StatusRunning:
		line.Tag, line.Class, line.Next = "In progress", "busy", strings.TrimSpace(waitsFor(c.Vendor)+" "+t.next)
		if c.Held {
			line.Tag, line.Next = "Waiting", "We are not asking "+vendorName(c.Vendor)+" at the moment. This check waits and goes on by itself. It does not count against you."
		}
	case onboarding.StatusWaiting:
		line.Tag, line.Class, line.Next = "Waiting for an answer", "busy", strings.TrimSpace(waitsFor(c.Vendor)+" "+t.next)
		if c.Yours {
			line.Tag, line.Class, line.Next = "Waiting for you", "look", "It waits for you: see above on this page. "+t.next
		}
	case onboarding.StatusPassed:
		line.Tag, line.Class, line.Says, line.Dated = "Passed", "good", t.passed, "Checked on"
	case onboarding.StatusFlagged:
		line.Tag, line.Class, line.Says = "Needs a look", "look", "This check brought something up. A person looks at it before anything is decided."
	case onboarding.StatusFailed:
		line.Tag, line.Class, line.Says = "Not completed", "look", "We could not complete this check. This is not your fault and does not count against you. Our team knows and is working on it; you do not have to do anything."
		if onTheirPage(c, p) {
			line.Says = "This check was not completed in time. That does not count against you. Our team knows and looks at how it goes on, and you do not have to do anything now. If you want to make up for it, write to us."
		}
	case onboarding.StatusWaived:
		line.Tag, line.Class, line.Says = "Not needed", "good", "Our team decided to go on without this check."
	case onboarding.StatusCanceled:
		line.Tag, line.Says = "Stopped", "This check was stopped."
	default:
		line.Tag = "Unclear"
	}
	return line
}

// onTheirPage reports whether the applicant has a part in a check, on the vendor's
// own page: when it failed, the time for that may have run out.
func onTheirPage(c workflows.ApplicantCheck, p program.Program) bool {
	return c.Name == onboarding.CheckIdentity || c.Name == onboarding.CheckBackground && p.Vetting.Flow == program.FlowInvitation
}

// kindNames is what a person gave, for the list of consents.
var kindNames = map[consent.Kind]string{
	consent.KindPrivacy:           "Agreed",
	consent.KindESign:             "Agreed to electronic documents",
	consent.KindDisclosureShown:   "Read the disclosure",
	consent.KindFCRAAuthorization: "Signed the authorization",
	consent.KindMarketing:         "Asked for news of other programs",
	consent.KindSMS:               "Asked for text messages",
}

func kindName(k consent.Kind) string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return "Agreed"
}

func count(n int) string { return strconv.Itoa(n) }

// problemOf turns an error of Submit into a line of the summary, with a link
// to the page that can mend it.
func problemOf(err error) web.Problem {
	var e *onboarding.Error
	if !errors.As(err, &e) {
		return web.Problem{Text: err.Error()}
	}
	return web.Problem{Text: e.Error(), URL: pageOf(e.Field)}
}

// wait is what the case waits for, in words for the applicant.
type wait struct {
	For, Next    string
	Since, Until time.Time
	Usual        *usually // nil when it is not measured
}

// waitWords says whom the case waits for. The workflow's own words are for
// staff (they name waivers and retries), so only its times are taken; who is
// waited for follows from stage and attention.
func waitWords(v workflows.ApplicantView) *wait {
	if !v.Stage.Open() {
		return nil
	}
	out := &wait{Since: v.Wait.Since, Until: v.Wait.Until}
	switch v.Attention {
	case onboarding.AttentionApplicant:
		out.For, out.Next = "We wait for you. "+yourPart(v), "We go on at once."
		if len(v.Correctable) > 0 {
			out.For += " You can also correct what does not hold, above."
		}
		if !out.Until.IsZero() {
			out.Next += " If it is not done by then, our team is told and looks at how your application goes on."
		}
		if v.Adverse.Contemplated {
			out.Next = "A person reads your answer. If you send none, a person decides when the time is over."
		}
	case onboarding.AttentionReviewer:
		out.For = "We wait for a person of our team to look at your application. You do not have to do anything."
		if len(v.Correctable) > 0 {
			out.For = "Something that you gave us does not hold. You can correct it; if you do not, a person of our team looks at your application as it is."
		}
		out.Next = "We write to you whatever the person decides. If it could go against you, you get to answer first."
		if v.Adverse.Contemplated {
			out.Next = afterAnswer(v.Adverse)
		}
	case onboarding.AttentionOps:
		out.For = "A check could not be done, and our team is working on it. It does not count against you and you do not have to do anything."
		out.Next = "The check is done again, or we go on without it. We write to you if we need you for it."
	case onboarding.AttentionRecruiter, onboarding.AttentionPrivacy:
		out.For, out.Next = "We wait for our team. You do not have to do anything.", "We write to you when something changes."
	case onboarding.AttentionNone:
		noneWords(v, out)
	default:
		noneWords(v, out)
	}
	return out
}

// afterAnswer says what follows when a person looks at a case with a notice out: what
// an agency has looked at again gets a new notice before anything is decided on it.
func afterAnswer(a workflows.Adverse) string {
	if r := a.Reinvestigation; a.Disputed && a.AnsweredAt.Before(r.Ended) && r.Outcome != workflows.ReinvestigatedUnheard {
		return "We write to you whatever the person decides. Before anything is decided against you, you get a new notice with its own time to answer."
	}
	return "The person reads your answer, if you sent one, and decides. We write to you whatever it is."
}

func yourPart(v workflows.ApplicantView) string {
	for _, c := range v.Checks {
		if c.Yours {
			return taskTitle(c) + "."
		}
	}
	switch {
	case v.Adverse.Contemplated:
		return "You can say what is wrong or add a statement."
	case v.Stage != onboarding.StageCertification:
		return "Your part is above."
	}
	return "What is left is under “Your certification”."
}

// noneWords is for when nobody in particular is to act: a vendor or a clock is.
func noneWords(v workflows.ApplicantView, out *wait) {
	var waiting, held []string
	vendor := ""
	for _, c := range v.Checks {
		if c.Status == onboarding.StatusRunning || c.Status == onboarding.StatusWaiting {
			waiting = append(waiting, textOf(c.Name).about)
			vendor = c.Vendor
		}
		if c.Held {
			held = append(held, textOf(c.Name).about)
		}
	}
	switch {
	case v.Adverse.Contemplated && v.Adverse.Reinvestigation.Running():
		out.For = "We wait for the agency to look again at what you disputed."
		out.Next = "We write to you what came of it. If nothing stands in the way any more, your application goes on; else a person looks, with your answer."
	case v.Adverse.Contemplated && v.Adverse.Disputed:
		out.For, out.Next = "A person has read your answer. We wait until the rest of your time is over.", "We write to you what was decided. Until then you can still write to us."
	case v.Adverse.Contemplated:
		out.For, out.Next = "We wait until your time to answer is over.", "A person decides, with your answer if you send one, and we write to you."
	case len(held) > 0 && len(held) == len(waiting):
		out.For = "For a while we are not asking anybody about: " + strings.Join(held, ", ") + ". You do not have to do anything."
		out.Next = "We ask again by ourselves, and your application goes on. It does not count against you."
	case v.Stage == onboarding.StageVetting && len(waiting) > 0:
		out.For = "We wait for your background report from " + agencyName(vendor, v.Edition.Vendors[vendor].Agency) + ", which asks courts and other sources."
		out.Next = "We look at the report as soon as it is there and write to you."
	case len(waiting) > 0:
		out.For = "We wait for answers about: " + strings.Join(waiting, ", ") + ". You do not have to do anything."
		if len(v.Correctable) > 0 {
			out.For = "We wait for answers about: " + strings.Join(waiting, ", ") + ". Meanwhile you can correct what does not hold, above."
		}
		out.Next = "The background report follows. If an answer stays away, we ask again by ourselves."
	case v.Stage == onboarding.StageCertification:
		out.For, out.Next = "We are making your certificate.", "It appears here, and we write to you."
	default:
		out.For, out.Next = "We are at work on your application. You do not have to do anything.", "We write to you when something changes."
	}
}
