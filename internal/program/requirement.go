package program

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// RequirementKind says what an applicant does to meet a requirement.
type RequirementKind string

// The kinds of requirement.
const (
	KindCourse    RequirementKind = "course"    // pages to read, with a quiz or without
	KindQuiz      RequirementKind = "quiz"      // questions from a pool
	KindTyping    RequirementKind = "typing"    // a text to type, for speed and accuracy
	KindListening RequirementKind = "listening" // clips to hear and note down
	KindEquipment RequirementKind = "equipment" // line and microphone
	KindAgreement RequirementKind = "agreement" // a text to sign
	KindTax       RequirementKind = "tax"       // details for the tax form
	KindLive      RequirementKind = "live"      // an appointment at which a person scores
)

// RequirementKinds lists the kinds.
func RequirementKinds() []RequirementKind {
	return []RequirementKind{KindCourse, KindQuiz, KindTyping, KindListening, KindEquipment, KindAgreement, KindTax, KindLive}
}

// Requirement is one thing that the certification asks for. Exactly the member
// that its kind names is set.
type Requirement struct {
	ID    string          `json:"id" yaml:"id"`
	Kind  RequirementKind `json:"kind" yaml:"kind"`
	Title string          `json:"title" yaml:"title"`
	// After names the requirements that must be met first. Nil: the one before it
	// in the file; empty: none, so that it is open from the start.
	After      []string `json:"after" yaml:"after"`
	Attempts   int      `json:"attempts,omitempty" yaml:"attempts"`       // 0: as many as it takes
	RetryHours float64  `json:"retry_hours,omitempty" yaml:"retry_hours"` // the pause after an attempt that was not passed

	Course    *Course    `json:"course,omitempty" yaml:"course"`
	Quiz      *Quiz      `json:"quiz,omitempty" yaml:"quiz"`
	Typing    *Typing    `json:"typing,omitempty" yaml:"typing"`
	Listening *Listening `json:"listening,omitempty" yaml:"listening"`
	Equipment *Equipment `json:"equipment,omitempty" yaml:"equipment"`
	Agreement *Agreement `json:"agreement,omitempty" yaml:"agreement"`
	Tax       *Tax       `json:"tax,omitempty" yaml:"tax"`
	Live      *Live      `json:"live,omitempty" yaml:"live"`
}

// Questions gives the quiz of a requirement that has one: a quiz's own, or a
// course's; nil for all others.
func (r Requirement) Questions() *Quiz {
	if r.Course != nil {
		return r.Course.Quiz
	}
	return r.Quiz
}

// Course is pages to read, in their order, and a quiz about them where there is one.
type Course struct {
	Pages []CoursePage `json:"pages" yaml:"pages"`
	Quiz  *Quiz        `json:"quiz,omitempty" yaml:"quiz"`
}

// CoursePage is one page of a course.
type CoursePage struct {
	ID    string `json:"id" yaml:"id"`
	Title string `json:"title" yaml:"title"`
	Text  string `json:"text" yaml:"text"` // paragraphs, separated by an empty line
}

// Typing is a typing test: one of the passages is drawn for each attempt.
type Typing struct {
	Passages    []Passage `json:"passages" yaml:"passages"`
	MinWPM      float64   `json:"min_wpm" yaml:"min_wpm"`           // net words of five characters a minute
	MinAccuracy float64   `json:"min_accuracy" yaml:"min_accuracy"` // percent of the characters
}

// Passage is a text to type.
type Passage struct {
	ID   string `json:"id" yaml:"id"`
	Text string `json:"text" yaml:"text"`
}

// Listening is an exercise of clips to hear, each with fields to note down.
type Listening struct {
	Clips    []Clip `json:"clips" yaml:"clips"`
	Ask      int    `json:"ask,omitempty" yaml:"ask"` // how many clips are drawn for an attempt; 0: all
	PassMark int    `json:"pass_mark" yaml:"pass_mark"`
	// Because says in a sentence why a language of the pages has no recording of its
	// own, such as that the program's callers speak English. Empty: nothing is said.
	Because string `json:"because,omitempty" yaml:"because"`
}

// Clip is one recording.
type Clip struct {
	ID         string      `json:"id" yaml:"id"`
	Audio      string      `json:"audio" yaml:"audio"`           // the recording's name among the portal's assets, such as call-order.en
	Transcript string      `json:"transcript" yaml:"transcript"` // what is said; never shown before the attempt was scored
	Fields     []ClipField `json:"fields" yaml:"fields"`
	// In are the same call in other languages (BCP 47), for who has the pages in one of
	// them. A language stands at each clip of an exercise or at none.
	In map[string]Recording `json:"in,omitempty" yaml:"in"`
}

// Recording is a call in another language than English: it says the same.
type Recording struct {
	Audio      string `json:"audio" yaml:"audio"`
	Transcript string `json:"transcript" yaml:"transcript"`
	// Answers are right too, by the field's ID: what is heard is written down as heard.
	Answers map[string][]string `json:"answers,omitempty" yaml:"answers"`
}

// Spoken gives the recording for a language; false when there is none and the English
// one is played.
func (c Clip) Spoken(language string) (audio string, ok bool) {
	if r, there := c.In[language]; there {
		return r.Audio, true
	}
	return c.Audio, language == "en"
}

// Right gives what is right in a field, in whichever language it was heard.
func (c Clip) Right(f ClipField) []string {
	right := slices.Clone(f.Answers)
	//workflowcheck:ignore the order of what is right decides nothing
	for _, r := range c.In {
		right = append(right, r.Answers[f.ID]...)
	}
	return right
}

// ClipField is one thing to note down.
type ClipField struct {
	ID    string `json:"id" yaml:"id"`
	Label string `json:"label" yaml:"label"` // the question, such as "Which number should be called back?"
	// Answers are right, each of them; spacing, case and dashes do not count.
	// They never leave the house.
	Answers []string `json:"answers" yaml:"answers"`
}

// Equipment is what the line and the machine must be able to do.
type Equipment struct {
	MinDownMbps  float64 `json:"min_down_mbps" yaml:"min_down_mbps"`
	MinUpMbps    float64 `json:"min_up_mbps" yaml:"min_up_mbps"`
	MaxLatencyMS float64 `json:"max_latency_ms" yaml:"max_latency_ms"`
	Microphone   bool    `json:"microphone,omitempty" yaml:"microphone"`
	// Declare are the statements of the form that stands in for a measurement, each
	// to be answered with yes or no.
	Declare        []Declaration `json:"declare,omitempty" yaml:"declare"`
	AcceptDeclared bool          `json:"accept_declared,omitempty" yaml:"accept_declared"` // else a person looks at what was declared
}

// Declaration is one statement about the equipment.
type Declaration struct {
	ID   string `json:"id" yaml:"id"`
	Text string `json:"text" yaml:"text"`
}

// Tax asks for the details of a tax form.
type Tax struct {
	Form string `json:"form" yaml:"form"` // "w9"
}

// Live is an appointment at which a person assesses the applicant.
type Live struct {
	Minutes     int      `json:"minutes" yaml:"minutes"`
	Weekdays    []string `json:"weekdays" yaml:"weekdays"`               // mon … sun
	Hours       []string `json:"hours" yaml:"hours"`                     // when it begins, such as 09:30
	TimeZone    string   `json:"time_zone" yaml:"time_zone"`             // of Hours, IANA name
	LeadHours   float64  `json:"lead_hours,omitempty" yaml:"lead_hours"` // the shortest time from booking to appointment
	HorizonDays int      `json:"horizon_days" yaml:"horizon_days"`       // how far ahead one can book
	Seats       int      `json:"seats" yaml:"seats"`                     // applicants at the same time
	Rubric      []Rubric `json:"rubric" yaml:"rubric"`                   //
	PassMark    int      `json:"pass_mark" yaml:"pass_mark"`             // of the rubric's points together
	How         string   `json:"how,omitempty" yaml:"how"`               // how it takes place, for the applicant
}

// Rubric is one line that a person scores.
type Rubric struct {
	ID   string `json:"id" yaml:"id"`
	Text string `json:"text" yaml:"text"`
	Max  int    `json:"max" yaml:"max"`
}

// MaxScore is the most that the rubric gives.
func (l Live) MaxScore() int {
	n := 0
	for _, r := range l.Rubric {
		n += r.Max
	}
	return n
}

// IDs of the two requirements of a program file in the old form.
const (
	OldQuiz      = "quiz"
	OldAgreement = "agreement"
)

// Old reports whether the certification has the old form: one quiz and one
// agreement, both open from the start.
func (c Certification) Old() bool { return len(c.Requirements) == 0 }

// MoreThanQuiz reports whether somebody is assessed in other ways than by a quiz. An
// agreement assesses nobody, and tax details are given for a purpose of their own.
func (c Certification) MoreThanQuiz() bool {
	return slices.ContainsFunc(c.Requirements, func(r Requirement) bool {
		return r.Kind != KindQuiz && r.Kind != KindAgreement && r.Kind != KindTax
	})
}

// Steps gives what the certification asks for, whichever form the file has: After
// is filled in for every one. What it gives is the caller's own list.
func (c Certification) Steps() []Requirement {
	if c.Old() {
		var out []Requirement
		if len(c.Quiz.Questions) > 0 {
			quiz := c.Quiz
			out = append(out, Requirement{ID: OldQuiz, Kind: KindQuiz, Title: quiz.Title, After: []string{}, Attempts: quiz.Attempts, Quiz: &quiz})
		}
		if c.Agreement.Text != "" {
			agreement := c.Agreement
			out = append(out, Requirement{ID: OldAgreement, Kind: KindAgreement, Title: agreement.Title, After: []string{}, Agreement: &agreement})
		}
		return out
	}
	out := slices.Clone(c.Requirements)
	for i := range out {
		switch {
		case out[i].After != nil:
		case i == 0:
			out[i].After = []string{}
		default:
			out[i].After = []string{out[i-1].ID}
		}
	}
	return out
}

// Step gives the requirement of that ID.
func (c Certification) Step(id string) (Requirement, bool) {
	for _, r := range c.Steps() {
		if r.ID == id {
			return r, true
		}
	}
	return Requirement{}, false
}

// TextSHA256 is the hash of a text as shown, hex.
func TextSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
